# SPDX-License-Identifier: Apache-2.0
"""The made-up speakers of `kws data synth`: voices of espeak-ng, disjoint between splits."""

from dataclasses import dataclass

import numpy as np

from kws.data.splits import Split

ACCENTS = (
    "en-us", "en", "en-gb-x-rp", "en-gb-scotland", "en-029", "en-us-nyc", "en-gb-x-gbclan",
    "en-gb-x-gbcwmd",
)  # fmt: skip

FAMILIES = (
    ("Alex",), ("Alicia",), ("Andrea",), ("Andy",), ("Annie",), ("Denis",), ("Diogo",),
    ("Gene", "Gene2"), ("Henrique",), ("Hugo",), ("Jacky",), ("Lee",), ("Mario",), ("Michael",),
    ("Mike", "mike2"), ("Nguyen",), ("Reed",), ("RicishayMax", "RicishayMax2", "RicishayMax3"),
    ("adam",), ("anika",), ("antonio",), ("aunty",), ("belinda",), ("benjamin",), ("boris",),
    ("caleb",), ("david",), ("ed",), ("edward", "edward2"), ("f1",), ("f2",), ("f3",), ("f4",),
    ("f5",), ("grandma",), ("grandpa",), ("gustave",), ("ian",),
    ("iven", "iven2", "iven3", "iven4"), ("john",),
    ("klatt", "klatt2", "klatt3", "klatt4", "klatt5", "klatt6"), ("linda",), ("m1",), ("m2",),
    ("m3",), ("m4",), ("m5",), ("m6",), ("m7",), ("m8",), ("marcelo",), ("max",), ("michel",),
    ("miguel",), ("norbert",), ("pablo",), ("paul",), ("pedro",), ("quincy",), ("rob",),
    ("robert",), ("sandro",), ("shelby",), ("steph", "steph2", "steph3"), ("travis",),
    ("victor",), ("zac",),
)  # fmt: skip
"""Voice variants, those that are versions of one another together; robots and whispers left out."""

SPLIT_SHARES: dict[Split, float] = {"training": 0.75, "validation": 0.1, "testing": 0.15}


@dataclass(frozen=True)
class Speaker:
    """One made-up speaker."""

    name: str
    split: Split
    voice: str  # of espeak-ng "<accent>+<variant>"
    pitch: int
    pitch_range: int
    words_per_minute: int
    engine: str = "espeak"


def make_speakers(count: int, random: np.random.Generator) -> list[Speaker]:
    """`count` speakers (at least 3); each split has some, and its own families of variants."""
    counts = {split: max(1, round(count * SPLIT_SHARES[split])) for split in SPLIT_SHARES}
    counts["training"] = count - counts["validation"] - counts["testing"]
    order = [FAMILIES[index] for index in random.permutation(len(FAMILIES))]
    speakers = []
    for split, speaker_count in counts.items():
        size = max(1, round(len(FAMILIES) * SPLIT_SHARES[split]))
        families, order = order[:size], order[size:]
        for number in range(speaker_count):
            family = families[number % len(families)]
            variant = family[number // len(families) % len(family)]
            accent = ACCENTS[int(random.integers(len(ACCENTS)))]
            speakers.append(
                Speaker(
                    name=f"{variant.lower()}-{accent}-{number:03d}",
                    split=split,
                    voice=f"{accent}+{variant}",
                    pitch=int(random.integers(30, 71)),
                    pitch_range=int(random.integers(30, 71)),
                    words_per_minute=int(random.integers(130, 201)),
                )
            )
    return speakers
