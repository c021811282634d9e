"""API Gateway and the front address: what a request looks like to a function, and its answer to the caller."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
import urllib3

from infra.local.front import Front
from tests.local.making import make_function

TELLS = """
    import json
    def handler(event, context):
        return {
            "statusCode": 201,
            "headers": {"content-type": "application/problem+json", "x-told": "yes"},
            "body": json.dumps(event),
        }
"""
SPEAKS_CHALICE = """
    from chalice import Chalice, Response
    app = Chalice(app_name="hooks")
    @app.route("/v1/hooks/{proxy+}", methods=["POST"], content_types=["*/*"])
    def receive():
        request = app.current_request
        body, signature = request.raw_body.decode(), request.headers["x-signature"]
        return Response({"to": request.uri_params["proxy"], "body": body, "signature": signature}, status_code=202)
"""
TEXT = '{"café": 1}'.encode()


@pytest.fixture(scope="module")
def front(emulator):
    with Front(http_api(emulator, "t-http"), rest_api(emulator, "t-rest")) as running:
        yield running


def http_api(emulator, name, source=TELLS):
    apis, function = emulator.client("apigatewayv2"), make_function(emulator, name, source)
    api = apis.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
    target = apis.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    for route in ("$default", "POST /v1/usage/{event_type}"):
        apis.create_route(ApiId=api, RouteKey=route, Target=f"integrations/{target}")
    apis.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    return f"{emulator.endpoint}/_aws/execute-api/{api}/$default"


def rest_api(emulator, name):
    apis = emulator.client("apigateway")
    function = make_function(emulator, name, SPEAKS_CHALICE, Handler="code.app")
    api = apis.create_rest_api(name=name)["id"]
    (parent,) = (one["id"] for one in apis.get_resources(restApiId=api)["items"] if one["path"] == "/")
    for part in ("v1", "hooks", "{proxy+}"):
        parent = apis.create_resource(restApiId=api, parentId=parent, pathPart=part)["id"]
    apis.put_method(restApiId=api, resourceId=parent, httpMethod="POST", authorizationType="NONE")
    apis.put_integration(
        restApiId=api,
        resourceId=parent,
        httpMethod="POST",
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations",
    )
    apis.create_deployment(restApiId=api, stageName="live")
    return f"{emulator.endpoint}/_aws/execute-api/{api}/live"


def told(front, path, body=b"", method="POST", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = urllib3.request(method, f"{front.url}{path}", body=body, headers=named, retries=False)
    return answer, answer.json()


def test_a_route_gives_its_parameters_and_the_rest_goes_to_the_default(front):
    _, event = told(front, "/v1/usage/compute_events?atomic=true", TEXT, content_type="application/json")
    assert event["routeKey"] == "POST /v1/usage/{event_type}"
    assert event["pathParameters"] == {"event_type": "compute_events"}
    assert event["queryStringParameters"] == {"atomic": "true"}
    _, event = told(front, "/v1/customers/a%20b?order=x", method="GET", x_api_key="usk_1")
    assert (event["routeKey"], event["rawPath"]) == ("$default", "/v1/customers/a b")
    assert (event["rawQueryString"], event["headers"]["x-api-key"]) == ("order=x", "usk_1")
    assert event["requestContext"]["http"]["method"] == "GET"


def test_a_functions_status_headers_and_body_reach_the_caller(front):
    answer, event = told(front, "/v1/anything", TEXT, content_type="application/json")
    assert answer.status == 201
    assert (answer.headers["x-told"], answer.headers["content-type"]) == ("yes", "application/problem+json")
    assert (event["body"].encode(), event["isBase64Encoded"]) == (TEXT, False)


@pytest.mark.parametrize("media", ["application/x-ndjson", "application/gzip", "application/octet-stream"])
def test_compressed_bodies_come_as_base64_and_whole(front, media):
    sent = gzip.compress(TEXT * 1000)
    _, event = told(front, "/v1/usage/e", sent, content_type=media, content_encoding="gzip")
    assert event["isBase64Encoded"]
    assert base64.b64decode(event["body"]) == sent
    assert event["headers"]["content-encoding"] == "gzip"


def test_a_compressed_body_that_is_called_json_is_damaged(front):
    """Bodies of a textual type come as text whatever their encoding. Clients therefore name gzip by another type."""
    _, event = told(front, "/v1/usage/e", gzip.compress(TEXT), content_type="application/json", content_encoding="gzip")
    assert not event["isBase64Encoded"]
    assert "\ufffd" in event["body"]


def test_a_body_of_six_megabytes_goes_through(front):
    sent = b"x" * 4_400_000  # as base64 it is what a function can be given on AWS
    _, event = told(front, "/v1/usage/e", sent, content_type="application/octet-stream")
    assert len(base64.b64decode(event["body"])) == len(sent)


def test_webhooks_reach_a_chalice_application_with_their_raw_body(front):
    body = b'{"id": "evt_1",  "spaces":   "kept", "caf\xc3\xa9": 1}'
    answer, said = told(front, "/v1/hooks/stripe/secret", body, content_type="application/json", x_signature="t=1,v1=2")
    assert answer.status == 202
    assert said == {"to": "stripe/secret", "body": body.decode(), "signature": "t=1,v1=2"}


def test_a_function_that_fails_is_a_bad_gateway(emulator, name):
    """AWS answers 500 without the error; handlers answer for themselves, so that neither is ever seen."""
    api = http_api(emulator, name, "def handler(event, context): raise ValueError('told')")
    answer = urllib3.request("GET", f"{api}/x", retries=False)
    assert (answer.status, answer.json()["errorMessage"]) == (502, "told")


def test_a_connection_is_kept_for_many_requests(front):
    with urllib3.HTTPConnectionPool("127.0.0.1", int(front.url.rpartition(":")[2]), maxsize=1) as pool:
        for number in range(20):
            answer = pool.request("POST", "/v1/x", body=str(number), headers={"content-type": "text/plain"})
            assert json.loads(answer.data)["body"] == str(number)
        assert pool.num_connections == 1
