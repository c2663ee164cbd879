"""Which model servers hold, by what they say of it, and whether several say the same."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from harness.engines.endpoint import Endpoint, RefusedError, UnansweredError, parse_url
from harness.errors import RunError, UserError
from harness.served import ServedModel, parse_served, served_model

_STATED = ("owned_by", "root", "parent", "max_model_len")


def find_served(text: str, urls: Sequence[str], notify: Callable[[str], None]) -> ServedModel:
    """The model that the endpoints hold, as they describe it.

    Raises UserError for a name that they do not know or a wrong key, RunError if none of them answers.
    """
    spec, name, local = parse_served(text)
    endpoints = [Endpoint(parse_url(url)) for url in urls]

    async def ask() -> dict[str, str]:
        try:
            return (await agreed(endpoints, name))[1]
        finally:
            for endpoint in endpoints:
                await endpoint.close()

    stated = asyncio.run(ask())
    model = served_model(spec, name, stated, local, notify)
    known = "its folder's hashes are claims" if model.claimed else "nothing of it can be hashed"
    notify(f"{name} is known by its name at the server: {known}, and weights exchanged under the name are not noticed (--draw N asks anew)")
    return model


async def agreed(
    endpoints: Sequence[Endpoint], name: str, say: Callable[[str], None] = lambda _: None
) -> tuple[list[Endpoint], dict[str, str]]:
    """The endpoints that answer, and what they say of the model.

    Raises UserError if one does not have it, or they say different things of it; RunError if none answers.
    """
    stated: dict[Endpoint, dict[str, str]] = {}
    for endpoint in endpoints:
        try:
            stated[endpoint] = await _statement(endpoint, name)
        except UnansweredError as error:
            say(f"{error}: left out")
            reason = error
    if not stated:
        raise RunError(f"No endpoint answers: {reason}. See that the server is up, or correct the URL.")
    (first, facts), *others = stated.items()
    for endpoint, other in others:
        if other != facts:
            raise UserError(f"{first.url} and {endpoint.url} do not hold the same '{name}': {facts} and {other}; a run has one model.")
    return list(stated), facts


async def _statement(endpoint: Endpoint, name: str) -> dict[str, str]:
    """What the endpoint says of the model; nothing if it lists no models. Raises UserError if it lists others."""
    try:
        listed = await endpoint.get("/models")
    except RefusedError:
        return {}
    entries = listed.get("data") if isinstance(listed, dict) else None
    if not isinstance(entries, list):
        raise UserError(f"{endpoint.url} does not answer as an OpenAI-compatible server does; the URL mostly ends with /v1.")
    models = {str(entry.get("id")): entry for entry in entries if isinstance(entry, dict)}
    if name not in models:
        raise UserError(
            f"The server at {endpoint.url} has no model '{name}'; it has {', '.join(list(models)[:10]) or 'none'}. "
            "Give MODEL (--model) as the server calls it, or NAME=FOLDER."
        )
    # An adapter's own entry does not tell how long its base's context is.
    base = models.get(str(models[name].get("parent")), {})
    entry = {"max_model_len": base.get("max_model_len"), **{key: value for key, value in models[name].items() if value is not None}}
    return {key: str(entry[key]) for key in _STATED if entry.get(key) is not None}


async def server_version(endpoints: Sequence[Endpoint], is_vllm: bool, model: ServedModel) -> str:
    """Which server this is: of vLLM the version, equal on all endpoints; of others, who owns the model."""
    if not is_vllm:
        return model.stated.get("owned_by", "unknown")
    found: dict[str, Any] = {}
    for endpoint in endpoints:
        try:
            found[endpoint.url] = (await endpoint.get(endpoint.url.removesuffix("/v1") + "/version"))["version"]
        except (RefusedError, KeyError, TypeError):
            found[endpoint.url] = "of unknown version"
    if len(set(found.values())) > 1:
        raise UserError(f"The endpoints run different versions of vLLM: {found}; a run has one.")
    return f"vllm {next(iter(found.values()))}"
