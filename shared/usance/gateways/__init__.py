"""Payment providers behind the port: their words, their minor units, their signatures."""
