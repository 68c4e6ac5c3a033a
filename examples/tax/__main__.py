"""Start the tax filing service: `python -m examples.tax`."""

from examples.serving import serve
from examples.settings import from_environment
from examples.tax.app import create_app

if __name__ == "__main__":
    settings = from_environment()
    serve(create_app(settings), settings.port, "Tax filing")
