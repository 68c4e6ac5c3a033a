"""What can be done better at the next try: a closed list that pages turn into plain words."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Hint"]


class Hint(StrEnum):
    """Everything that is ever advised; left and right are the person's own. Never renamed, only added to."""

    # a finger
    PLACE_FINGER = "place_finger"
    LAY_FINGER_FLAT = "lay_finger_flat"
    MOVE_TO_MIDDLE = "move_to_middle"
    PRESS_HARDER = "press_harder"
    WIPE_FINGER = "wipe_finger"
    MOISTEN_FINGER = "moisten_finger"
    CLEAN_FINGER_AND_GLASS = "clean_finger_and_glass"
    TRY_ANOTHER_FINGER = "try_another_finger"
    # a face
    SHOW_FACE = "show_face"
    ONE_PERSON_ONLY = "one_person_only"
    COME_CLOSER = "come_closer"
    MOVE_BACK = "move_back"
    CENTRE_FACE = "centre_face"
    LOOK_STRAIGHT = "look_straight"
    RAISE_CHIN = "raise_chin"
    LOWER_CHIN = "lower_chin"
    HOLD_HEAD_UPRIGHT = "hold_head_upright"
    LIGHT_FROM_LEFT = "light_from_left"
    LIGHT_FROM_RIGHT = "light_from_right"
    MORE_LIGHT = "more_light"
    LESS_LIGHT = "less_light"
    OPEN_EYES = "open_eyes"
    TAKE_OFF_DARK_GLASSES = "take_off_dark_glasses"
    CLOSE_MOUTH = "close_mouth"
    UNCOVER_FACE = "uncover_face"
    PLAIN_BACKGROUND = "plain_background"
    # either
    HOLD_STILL = "hold_still"
    TRY_AGAIN = "try_again"
    # a file
    SMALLER_FILE = "smaller_file"
    OTHER_FILE = "other_file"
    LARGER_PICTURE = "larger_picture"
