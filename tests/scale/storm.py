"""One of several processes that ask at the same time: `python storm.py ROWS START`, settings from the environment.

Prints a line of JSON: how many rows got the right answer, and the errors.
"""

import asyncio
import json
import sys
from collections import Counter

from langchain_hatz import ChatHatz


async def main(rows, start):
    model = ChatHatz("gpt-5.2")
    asked = [f"Repeat exactly: row {number}" for number in range(start, start + rows)]
    answers = await model.abatch(asked, return_exceptions=True)
    right = sum(f"row {start + at}" in getattr(answer, "text", "") for at, answer in enumerate(answers))
    errors = Counter(f"{type(a).__name__}: {a}"[:150] for a in answers if isinstance(a, Exception))
    print(json.dumps({"right": right, "errors": errors}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
