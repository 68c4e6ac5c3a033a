"""How the product is served: settings of the two web servers, what both do to their processes, and nginx in front.

Loaded by the servers, never by the product.
"""
