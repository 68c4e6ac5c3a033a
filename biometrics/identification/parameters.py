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

# Share of the dimensions that a single probe's first pass reads. The rest is bounded by the product of lengths
# (Cauchy-Schwarz): at 13/16 some 1 % of a million random rows survive to be read whole, at 5/8 a quarter would.
HEAD_SHARE: Final = 0.8125
# int8 rows widened to float32 at a time: all stays in the second-level cache (measured best of 128 to 8192).
CAST_ROWS: Final = 2048
# Rows scored before survivors are taken, for a batch and for a single probe; bounds memory to 16 MB a batch.
BATCH_ROWS: Final = 1 << 16
SINGLE_ROWS: Final = 1 << 18
# Probes scored by one matrix product.
BATCH_PROBES: Final = 64
# Rows wanted beyond the number of people, so that a person's second and third row seldom cost another pass.
SPARE_ROWS: Final = 4
# Most promising rows of the first chunk, scored first so that the threshold is high before the others are judged.
FIRST_GUESSES: Final = 64
# Rows among which they are looked for.
GUESS_ROWS: Final = 1 << 13
# With bounds from heads alone, one in so many rows is tightened before the most promising are chosen.
HEAD_GUESSES: Final = 256
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
