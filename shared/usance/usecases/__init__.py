"""What Usance does, one plain function for each thing: read the facts, ask the pipeline, record what follows.

Every function may be run twice, stopped anywhere, and called late; running it again completes the work.
"""
