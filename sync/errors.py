"""The errors of the core. Each says where, what was found and, for people, what to do.

An expected "no" is not an error but a value (see `sync.outcomes`); our own mistake is an assertion.
"""


class MeshError(Exception):
    """Root of everything pollmesh raises on purpose."""


class DecodeError(MeshError):
    """Bytes from outside that are not what their format asks for."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


class VerifyError(MeshError):
    """Well-formed bytes whose signature, hash or proof does not hold."""


class PackageError(MeshError):
    """A package, amendment or roll that must not be used.

    `problems` lists every reason found, each a sentence with file, key and what to do.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class KeyFileError(MeshError):
    """A key file that does not open: wrong PIN, damaged, or of another kind."""
