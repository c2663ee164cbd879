"""Messages of several parts, text and images, in the form of OpenAI's chat interface: `{"type": "text", "text": "…"}` and
`{"type": "image_url", "image_url": {"url": "…"}}`.

A text-only reader (scorers, token ids, a person) sees `flat`; an engine that takes images gets the parts themselves.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field

from harness.hashing import hash_bytes


class TextPart(BaseModel):
    """A piece of text within a prompt of several parts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["text"]
    text: str = Field(min_length=1)


class ImageUrl(BaseModel):
    """Where an image is to be had."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(pattern=r"^(?:https?://\S+|data:image/[\w.+-]+;base64,[A-Za-z0-9+/]+={0,2})$")
    """Of the web, fetched by whatever serves the model, or the image itself."""


class ImagePart(BaseModel):
    """An image within a prompt of several parts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["image_url"]
    image_url: ImageUrl

    @property
    def name(self) -> str:
        """The address; of an image that is written out, its form and a hash, since it may be megabytes."""
        url = self.image_url.url
        head, _, data = url.partition(",")
        return url if not url.startswith("data:") else f"{head},@{hash_bytes(data.encode())[:16]}"


Part = Annotated[Union[TextPart, ImagePart], Field(discriminator="type")]


def flat(parts: Sequence[TextPart | ImagePart]) -> str:
    """The parts as one text, a line or more each, with the names of images where these stand.

    >>> flat([TextPart(type="text", text="What is this?"),
    ...       ImagePart(type="image_url", image_url=ImageUrl(url="https://example.org/a.png"))])
    'What is this?\\n[image https://example.org/a.png]'
    """
    return "\n".join(part.text if isinstance(part, TextPart) else f"[image {part.name}]" for part in parts)


def take_parts(fields: Any) -> Any:
    """Of an item as it is written, with a list as its prompt: the same with the list under `parts`, and its text as the prompt."""
    if not isinstance(fields, dict):
        return fields
    if "parts" in fields and not isinstance(fields.get("prompt"), str):
        raise ValueError("parts: write the list of parts as the prompt itself")
    prompt = fields.get("prompt")
    if not isinstance(prompt, list | tuple):
        return fields
    texts = (part.get("text") for part in prompt if isinstance(part, dict) and part.get("type") == "text")
    return {**fields, "parts": prompt, "prompt": "\n".join(text for text in texts if isinstance(text, str))}
