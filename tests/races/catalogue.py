"""Every contest, by name."""

from __future__ import annotations

from collections.abc import Mapping

from tests.races.code_contests import MessageCodeContest, MessageSendingContest, RecoveryCodeContest
from tests.races.contests import (
    CodeContest,
    CodeGeneratorContest,
    ConsentContest,
    Contest,
    RefreshContest,
    SignInContest,
)
from tests.races.level_contests import ActivationContest, StepUpContest
from tests.races.passkey_contest import PasskeyContest
from tests.races.record_contests import (
    LINK_CONTESTS,
    ClosingContest,
    ContactChangeContest,
    ErasureContest,
    ExportContest,
    MandateContest,
)
from tests.races.recovery_contests import RECOVERY_CONTESTS

__all__ = ["CONTESTS"]

CONTESTS: Mapping[str, type[Contest]] = {
    kind.name: kind
    for kind in (
        CodeContest,
        RefreshContest,
        CodeGeneratorContest,
        SignInContest,
        ConsentContest,
        RecoveryCodeContest,
        MessageCodeContest,
        MessageSendingContest,
        PasskeyContest,
        StepUpContest,
        ActivationContest,
        ContactChangeContest,
        ExportContest,
        ClosingContest,
        ErasureContest,
        MandateContest,
        *LINK_CONTESTS,
        *RECOVERY_CONTESTS,
    )
}
