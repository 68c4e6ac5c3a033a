"""Machine endpoints as plain WSGI handlers in front of Flask: values in, values out, no Flask and no database session.

`dispatch.ProtocolFront` is what `wsgi.py` puts before the pages; one module per endpoint stands beside it.
"""
