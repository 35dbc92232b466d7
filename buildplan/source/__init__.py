"""Source trees: a directory, a git commit, an archive or a mapping, all read through `SourceTree`."""

from buildplan.source.tree import MAX_FILE_BYTES, Directory, Listing, SourceTree

__all__ = ["MAX_FILE_BYTES", "Directory", "Listing", "SourceTree"]
