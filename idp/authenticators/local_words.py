"""Words and sayings that people here build guessable passwords from; `password_rules` and the estimate ask for them."""

from __future__ import annotations

__all__ = ["LOCAL", "SAYINGS"]

_PLACES = """
sierra leone sierraleone salone freetown bo kenema makeni koidu kono bonthe kabala lungi lumley waterloo
magburaka pujehun moyamba kailahun portloko port loko lunsar tonkolili kambia bombali falaba karene kamakwie
aberdeen wilberforce kissy wellington hastings goderich tombo segbwema daru njala rokel sewa moa mano river
"""

_PEOPLE = """
mende temne limba loko kono kissi sherbro fula mandingo krio yalunka susu vai gola leonean leonestars
"""

_KRIO = """
na mi yu we wi di una dem am go de don bin wan wod wanwod pikin padi sista broda mama papa god tenki kusheh
aw bodi lek fine big smol ose skul fambul
"""

_CLUBS = """
fc club football united city liverpool chelsea arsenal manchester tottenham everton barcelona barca madrid real
juventus milan bayern mighty blackpool east end lions kallon stars
"""

_SITE = """
wan gov id identity national nida ncra card number
"""

LOCAL = frozenset(f"{_PLACES}{_PEOPLE}{_KRIO}{_CLUBS}{_SITE}".split())

_SAYINGS = """
correcthorsebatterystaple happybirthdaytoyou happybirthdaytome godisgoodallthetime jesusismylordandsavior
thelordismyshepherd iloveyousomuch iloveyouforever iloveyouverymuch tobeornottobe onceuponatime
maytheforcebewithyou thequickbrownfox thequickbrownfoxjumpsoverthelazydog twinkletwinklelittlestar
youllneverwalkalone gloryglorymanunited unityfreedomjustice highweexaltthee highweexalttheerealmofthefree
landthatwelove onepeopleonecountry allahuakbar bismillahirrahmanirrahim openthedoorplease letmeinplease
thisismypassword mypasswordispassword idontknowmypassword forgotmypassword
"""

# As a password reads without its spaces, digits and signs.
SAYINGS = frozenset(_SAYINGS.split())
