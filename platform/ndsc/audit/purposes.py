"""What a log may be read for: Data Protection Act 2018 section 62(4), and (5) for the Information Commissioner."""

from __future__ import annotations

from enum import StrEnum


class ReadingPurpose(StrEnum):
    """The closed list; section 62(4) lets a log be used for nothing else."""

    LAWFULNESS = "lawfulness"
    SELF_MONITORING = "self-monitoring"
    INTEGRITY_AND_SECURITY = "integrity-and-security"
    CRIMINAL_PROCEEDINGS = "criminal-proceedings"
    COMMISSIONER = "commissioner"

    @property
    def legal_basis(self) -> str:
        """The provision that allows it."""
        return f"Data Protection Act 2018 s.62{_PROVISION[self]}"


_PROVISION = {
    ReadingPurpose.LAWFULNESS: "(4)(a)",
    ReadingPurpose.SELF_MONITORING: "(4)(b)",
    ReadingPurpose.INTEGRITY_AND_SECURITY: "(4)(c)",
    ReadingPurpose.CRIMINAL_PROCEEDINGS: "(4)(d)",
    ReadingPurpose.COMMISSIONER: "(5)",
}
