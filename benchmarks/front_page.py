"""Write the tables of ratings and lists on the first page of the site.

    python -m benchmarks.front_page

Run it in the root of the checkout. It reads the results of the benchmarks; the table of
speed is copied by hand from `speed/README.md`, because times are not in a file.
"""

from pathlib import Path

import pandas as pd

BENCHMARKS = Path(__file__).resolve().parent
PAGE = BENCHMARKS.parent / "docs" / "index.md"
# Models that are shown, by their names in the results.
RATINGS = {
    "ours, Bayesian": "`BayesianCollaborativeFilter`",
    "myFM, rank 20": "myFM (one fold)",
    "cornac MF, tuned": "cornac, tuned",
    "ours, defaults": "`CollaborativeFilter`",
}
LISTS = {
    "ours": "`RankingCollaborativeFilter`",
    "EASE, ratings": "EASE, tuned",
    "skrecsys SLIM, ratings": "skrecsys, tuned",
    "popularity": "most rated items",
}


def table(head, means, names, *, best):
    """Return a markdown table of the models in `names`, with the best mean in bold."""
    lines = [f"| model | {head} |", "|---|---|"]
    for model, name in names.items():
        shown = f"{means[model]:.3f}"
        cell = f"**{shown}**" if means[model] == best(means[list(names)]) else shown
        lines.append(f"| {name} | {cell} |")
    return "\n".join(lines)


def replaced(page, marker, text):
    """Return the page with `text` between the marker and its end."""
    begin, end = f"<!-- {marker} -->\n", f"<!-- end of {marker} -->"
    before, rest = page.split(begin)
    return f"{before}{begin}\n{text}\n\n{end}{rest.split(end)[1]}"


def main():
    fits = pd.read_csv(BENCHMARKS / "quality" / "results.csv", comment="#")
    fits = fits.query("set == 'ml-1m' and information == 'ratings'")
    errors = fits.groupby("model")["rmse"].mean()
    lists = pd.read_csv(BENCHMARKS / "ranking" / "results.csv")
    lists = lists.query("set == 'ml-1m' and protocol == 'random fifth'")
    ndcg = lists.groupby("model")["ndcg@10"].mean()
    page = PAGE.read_text("utf-8")
    page = replaced(page, "ratings", table("RMSE", errors, RATINGS, best=min))
    page = replaced(page, "lists", table("NDCG@10", ndcg, LISTS, best=max))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
