"""What happens to people after they were registered: deaths, merges and splits, lost numbers, children who come again.

Public names: `Announcing`, `Change`, `Ground`, `Kind`, `LifeEvent`, `LifeEvents`, `LifeRooms`, `Means`, `State`,
`absorbed`, `life_rooms`.
"""

from enrollment.life_events.announcing import Announcing, Change
from enrollment.life_events.belongings import absorbed
from enrollment.life_events.desk import LifeRooms, Means, life_rooms
from enrollment.life_events.events import Ground, Kind, LifeEvent, State
from enrollment.life_events.requests import LifeEvents

__all__ = [
    "Announcing",
    "Change",
    "Ground",
    "Kind",
    "LifeEvent",
    "LifeEvents",
    "LifeRooms",
    "Means",
    "State",
    "absorbed",
    "life_rooms",
]
