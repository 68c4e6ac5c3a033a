"""Every constant of identification, and why it has its value."""

from __future__ import annotations

from typing import Final

# The candidate list that two adjudicators get to see.
CANDIDATES: Final = 10

# --- face gallery files

# Rows of one shard file: 175 MB at 128 dimensions, so that rewriting one never needs much free disk.
CAPACITY: Final = 1 << 18
# Planes and header begin at multiples of a memory page.
PAGE: Final = 4096
# How far from length one a vector may be: rounding, and nothing else.
UNIT_TOLERANCE: Final = 1e-3
# Rows encoded, checked or rewritten at a time.
WRITE_ROWS: Final = 1 << 16
# A reader that lost its files to a rewrite looks again; each try means that one more rewrite was committed meanwhile.
REOPEN: Final = 20

# --- face search

# Rows of a tile of the narrow form, which stays in the second-level cache (measured best of 512 to 4096).
TILE_ROWS: Final = 1 << 11
# Step of the narrow form's four bits, in standard deviations of a turned vector's numbers: what loses least of normally
# distributed ones (Max, IRE Transactions IT-6, 1960). Of a million random rows some 0.5 % survive to be read in int8.
NARROW_STEP: Final = 0.335
# Scores below this cost a look at the int8 form (1 in 3000 of random rows); the lower, the coarser the probe's numbers.
NARROW_LEAST: Final = -0.3
# int8 rows widened to float32 at a time: all stays in the second-level cache (measured best of 128 to 8192).
CAST_ROWS: Final = 2048
# Rows scored before survivors are taken, for a batch and for a single probe (whole tiles); bounds memory to 16 MB.
BATCH_ROWS: Final = 1 << 16
SINGLE_ROWS: Final = 1 << 18
# Probes scored by one matrix product.
BATCH_PROBES: Final = 64
# Rows wanted beyond the number of people, so that a person's second and third row seldom cost another pass.
SPARE_ROWS: Final = 4
# Most promising rows of the first chunk, scored first so that the threshold is high before the others are judged.
FIRST_GUESSES: Final = 64
# Rows among which they are looked for; with narrow bounds, how many are looked at in int8 first.
GUESS_ROWS: Final = 1 << 13
NARROW_GUESSES: Final = 1 << 10
# Survivors are picked out while fewer than one row in so many; vectors of few dimensions in truth leave more.
NARROW_PICKED: Final = 8
# Pairs of row and probe scored exactly at a time: 8 MB in float64.
EXACT_PAIRS: Final = 1 << 13

# --- fingers

# Share of a position's records that go from the shortlist to the matcher, and the least and most of them.
SHORTLIST_SHARE: Final = 0.01
SHORTLIST_LEAST: Final = 50
SHORTLIST_MOST: Final = 2000
# Whole templates held at a time: some 40 MB.
MATCH_FINGERS: Final = 256
# How often the two hands are taken for each other at enrolment: a guess on the high side, no figure of any field.
SWAPPED_PRIOR: Final = 0.01

# --- faces and fingers together

# People of the face search whose fingers are compared, too.
FACES_COMPLETED: Final = 50
