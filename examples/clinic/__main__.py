"""Start the clinic: `python -m examples.clinic`."""

from examples.clinic.app import create_app
from examples.serving import serve
from examples.settings import from_environment

if __name__ == "__main__":
    settings = from_environment()
    serve(create_app(settings), settings.port, "Clinic appointments")
