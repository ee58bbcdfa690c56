"""summary.json: the figures, for scripts."""

from __future__ import annotations

from typing import Any

from results import VERDICTS, Peer, Run


def _peer(peer: Peer) -> dict[str, Any]:
    if not peer.ran:
        return {"available": False, "why": f"not available: {peer.unavailable}"}
    figures: dict[str, Any] = {"available": True, "version": peer.version}
    counts = peer.counts
    figures.update({verdict: counts[verdict] for verdict in VERDICTS})
    figures["unexpected"] = [case.id for case in peer.bad]
    return figures


def _measures(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if run.measures.coverage:
        found["coverage"] = run.measures.coverage.percent
    if run.measures.states:
        found["states"] = {"taken": run.measures.states.taken, "rows": run.measures.states.rows,
                           "pairs": run.measures.states.pairs}
    if run.measures.speed:
        found["speed"] = {"met": run.measures.speed.met, "aims": run.measures.speed.aims}
    return found


def summary(run: Run, about: dict[str, Any]) -> dict[str, Any]:
    """The whole run as one JSON-ready value."""
    return {
        **about,
        "findings": run.findings,
        "peers": {peer.name: _peer(peer) for peer in run.peers},
        "fuzz": {
            campaign.target: {
                "engine": campaign.engine,
                "seconds": campaign.seconds,
                "execs": campaign.execs,
                "execs_per_s": campaign.execs_per_s,
                "edges": campaign.edges,
                "corpus": campaign.corpus,
                "crashes": campaign.crashes,
            }
            for campaign in run.campaigns
        },
        "replay": {
            replay.target: {"files": replay.files, "failed": len(replay.failed)}
            for replay in run.replays
        },
        "interop": run.cell_counts,
        **_measures(run),
    }
