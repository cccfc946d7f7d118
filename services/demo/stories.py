"""The sample stories. Everything in them is invented."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """A story; `pictures` are seeds of landscapes with what they show, `sound` its title."""

    headline: str
    source_url: str
    hours_ago: float
    content: str
    pictures: tuple[tuple[int, str], ...] = ()
    sound: str | None = None


STORIES = (
    Sample(
        "Harbour bridge opens four months early",
        "https://coast-news.example/harbour-bridge-opens",
        0.7,
        """The harbour bridge opened at dawn on Tuesday, four months early. Trams ran at once, \
and by seven the queue reached the fish market. Nobody had expected a crowd; twelve thousand \
people came, most of them on foot, some with folding chairs.

“We counted on rain,” said the engineer in charge. “We printed four hundred programmes. They \
were gone before the ribbon was cut.”

## What changes today

- Trams 3 and 8 cross the water every six minutes.
- The walk from the old town to the shipyard takes eleven minutes instead of forty.
- Cyclists share the southern deck; the northern one is for people on foot.

The old ferry will keep running until spring. Its moorings then become a swimming place, and \
its bell, cast in 1911, moves to the new tram stop, where it will be rung once a day, at noon.

> It is the first bridge in this town that was finished before its poster campaign.

Asked what she would do with four unplanned months, the engineer said she would sleep, and \
then walk across it every morning until she stopped counting the rivets.""",
        ((21, "The harbour bridge at dawn"), (22, "The new tram stop from the water")),
        "Opening morning at the harbour",
    ),
    Sample(
        "Trams return to the old town after sixty years",
        "https://city-desk.example/trams-return",
        2.2,
        """The last tram left the old town in 1966 with a wreath on its front and a brass band \
on the rear platform. On Monday the first one came back, without a band, at ten past five in \
the morning, carrying eleven bakers and a man who had been awake since the night before.

He had ridden the last one as a boy of nine. “They told us it was for the cars,” he said. “I \
have been waiting for the cars to be finished.”

The line is short, four stops and a loop around the market hall, but it closes the gap that \
made every journey across town a walk of twenty minutes. Shopkeepers expect deliveries by tram \
from next year: two freight cars are being rebuilt in the depot, painted the green that the \
old ones had.""",
        ((33, "A tram in front of the market hall"),),
    ),
    Sample(
        "Why the northern fisheries are counting eels again",
        "https://shoreline.example/counting-eels",
        3.4,
        """Every night in autumn, when the moon is new and the river is high, someone sits in \
a hut by the weir and counts eels. The practice ended in 1988, when the counting hut burned \
and nobody thought it worth the timber. This year there are nine huts along the coast, and a \
rota that is fuller than the choir's.

Eels leave the rivers only once, to spawn in the sea, and they leave in the dark. A camera sees \
the surface; a person with a lamp sees the bottom. **The first nights brought 41, 12 and 307 \
animals.** The last number was checked twice.

What the fisheries want to know is not how many there are but *when* they go. If the turbines \
upstream stood still in the right six nights of the year, engineers say, nine of ten eels \
would pass unharmed, and the loss in power would be less than one windy afternoon.

The counters are paid in soup. Applications for next year are closed.""",
        ((47, "The weir in the last light"),),
    ),
    Sample(
        "Parliament passes the quiet-hours bill, 61 to 58",
        "https://wire.example/quiet-hours",
        5.1,
        """After nine hours of debate, the loudest of the session, parliament passed the \
quiet-hours bill shortly before midnight. From June, leaf blowers, car alarms and advertising \
with sound are banned between eight in the evening and seven in the morning.

Church bells, newborn children and the night train are exempt by name.

The vote was 61 to 58. Two members abstained because, they said, they had not been able to \
hear the question.""",
    ),
    Sample(
        "A bakery, a flood and the loaf that travelled",
        "https://long-reads.example/the-loaf-that-travelled",
        20,
        """The flood came on a Thursday, which is rye day. When the water reached the second \
shelf, the baker put the sourdough, forty-one years old and alive, into a preserving jar, \
the jar into a rucksack, and the rucksack onto the back of the only cyclist in sight.

She did not know his name. He did not know what was in the jar. “Keep it cool,” she said, “and \
feed it.”

## Eleven kitchens

What happened next was pieced together over a winter. The cyclist took the jar to his sister, \
who read the label and divided it in two. One half went by train to a cousin with a bakery; \
the other was fed, outgrew its jar, and was divided again. By the time the river was back in \
its bed, the dough was living in eleven kitchens in four towns.

The bakery reopened in March. On the first morning eleven people stood in front of the door, \
each with a jar, each convinced that theirs was the original.

They were all right, of course. That is how sourdough works.

## What it tastes like

The baker mixed all eleven. She says the bread is a little different from before: darker, and \
with something at the end that she can only describe as *the road*.""",
        ((58, "Loaves cooling by the window"), (59, "The river behind the bakery")),
    ),
    Sample(
        "Observatory sees a star dim for the ninth time",
        "https://skywatch.example/ninth-dimming",
        26,
        """For the ninth time in as many years, the star that astronomers call the Blinker has \
lost a fifth of its light, stayed dim for eleven hours, and come back as if nothing had \
happened.

A planet would be too small. Dust would glow in the infrared, and nothing glows. The \
observatory's director keeps a list of explanations on the door of the coffee room; it has \
forty-six entries, of which nineteen are crossed out and one, *curtains*, is underlined twice.

The tenth dimming is due on 14 March. Eleven telescopes on four continents will watch. The \
coffee room has ordered a larger door.""",
        ((64, "The dome under the winter sky"),),
        "The director reads the list",
    ),
    Sample(
        "The winter of the small radios",
        "https://long-reads.example/small-radios",
        31,
        """It began with a power cut of four days in the upper valley, and with a retired \
teacher who remembered how to build a crystal set from a coil, a diode and a curtain rail. By \
the second evening she had built six. By the fourth, children were bringing her wire.

When the lights came back, nobody gave the radios up. They need no batteries, which is \
practical, but that is not what people say when you ask them. They say that you have to sit \
close, and hold still, and that two people can share one earpiece if they like each other.

The valley's station now reads the evening news slowly, at the request of its listeners.""",
        ((72, "Snow over the upper valley"),),
    ),
    Sample(
        "City counts its benches and finds nine too many",
        "https://city-desk.example/benches",
        44,
        """The first census of public benches has found 2,418 of them, nine more than the city \
ever bought. The surplus benches stand in five parks. They are well made, painted the right \
green, and carry serial numbers that belong to other benches.

The parks department says it will not remove them. It would, however, like to know who is \
making them, because it is looking for a carpenter.""",
    ),
    Sample(
        "Library lends out its thousandth umbrella",
        "https://coast-news.example/thousandth-umbrella",
        52,
        """When the central library put twenty umbrellas behind its counter, the rules were the \
same as for books: four weeks, two renewals. It rained, and the umbrellas went. What surprised \
the librarians is that they came back, dry, and often with a bookmark inside.

The thousandth loan went to a visitor from the desert, who wanted to see how it opens.""",
        ((85, "Rain over the library square"),),
    ),
    Sample(
        "The lighthouse that keeps its own weather diary",
        "https://shoreline.example/weather-diary",
        73,
        """There has been no keeper on the rock since 1979, but the diary goes on. Every six \
hours an instrument the size of a biscuit tin writes down wind, pressure and the height of the \
waves. Once a year somebody climbs up and reads it, all of it, in one day, sitting where the \
keeper sat.

“You would think it is numbers,” says the meteorologist who went this year. “Then you reach \
the night of the second of February, and you hold on to the chair.”""",
        ((91, "The lighthouse after the storm"),),
    ),
    Sample(
        "Choir of engineers wins with a song about tolerances",
        "https://wire.example/choir-of-engineers",
        98,
        """A choir of bridge engineers has won the regional competition with a piece for eight \
voices whose text is a table of permitted deviations. The jury praised the intonation, which \
stayed within two hundredths throughout.""",
    ),
    Sample(
        "How a village learned to read its own river",
        "https://long-reads.example/reading-the-river",
        120,
        """The gauge at the mill shows one number, and for a hundred years the village waited \
for that number to become too big. Then a hydrologist asked the oldest residents what they \
looked at, and wrote down the answers: which meadow turns silver first, when the herons move, \
how the water sounds under the second arch.

Out of forty answers, six proved to run ahead of the gauge by more than three hours. They are \
now painted on a board at the bus stop, with a picture for each, and the volunteer fire brigade \
trains by it.

In November the river rose by two metres in a night. The gauge raised the alarm at ten past \
four. The bus stop had raised it at midnight.""",
        ((99, "The second arch at high water"),),
    ),
)
