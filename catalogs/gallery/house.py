"""What all pages of a gallery work with: one bucket, one table of it, one set of words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from catalogs.gallery.collection import Collection, Watch
from catalogs.gallery.finding import Finder
from catalogs.gallery.finding.opening import open_wall
from catalogs.gallery.inbox import Inbox
from catalogs.gallery.pictures import Sources
from catalogs.gallery.settings import GallerySettings
from catalogs.gallery.shortlists import Chosen, Shelf
from catalogs.gallery.words import Words, english
from catalogs.storage import Storage


@dataclass(frozen=True)
class House:
    """A gallery's parts, made once and shared by all requests.

    Attributes:
        storage: the bucket.
        settings: what it was started with.
        collection: all published designs.
        finder: answers views.
        watch: keeps the collection in step with the bucket.
        words: what pages say.
        sources: small pictures.
        shelf: what people choose.
        inbox: what people ask for.
    """

    storage: Storage
    settings: GallerySettings
    collection: Collection
    finder: Finder
    watch: Watch
    words: Words
    sources: Sources
    shelf: Shelf
    inbox: Inbox

    @classmethod
    def of(cls, storage: Storage, settings: GallerySettings) -> House:
        """Return a house on a bucket; nothing is read yet."""
        collection = Collection(threads=settings.threads, memory=settings.memory)
        finder = Finder(collection)
        watch = Watch(
            storage, collection, every_s=settings.look_every_s, changed=partial(open_wall, finder, collection)
        )
        shelf = Shelf(storage)
        collection.choices = Chosen(shelf)
        return cls(
            storage,
            settings,
            collection,
            finder,
            watch,
            english(),
            Sources(storage, collection),
            shelf,
            Inbox(storage),
        )

    def begin(self) -> None:
        """Begin to read what is published, beside the caller."""
        self.watch.begin()

    def open(self) -> None:
        """Return when what is published was read; it is kept in step from then on."""
        self.watch.start()

    def close(self) -> None:
        """Stop reading and give everything back."""
        self.watch.close()
        self.collection.close()
