"""The conformance suite behind the `coapspec` command."""

__version__ = "0.1.0"
