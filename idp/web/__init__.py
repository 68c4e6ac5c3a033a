"""The web floor: pages by audience and nothing but thin views; rules live in the rooms below.

`floor.install` furnishes the Flask app; `services.Services` is what the composition root hands down.
"""
