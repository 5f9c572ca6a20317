"""Dependency container of the use cases for evidence."""

from dependency_injector import containers, providers

from features.evidence.feature import FEATURE
from features.evidence.files import EVIDENCE_FILES
from features.evidence.repository import SqlEvidence
from features.evidence.use_cases.load_evidence import LoadEvidence
from features.evidence.use_cases.offer_evidence import OfferEvidence
from features.evidence.use_cases.submit_evidence import SubmitEvidence
from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.wiring import nested


def _is_on(states: RunningStates) -> bool:
    return states.state(FEATURE.name) is FeatureState.ON


class EvidenceContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    load_evidence = make(LoadEvidence, reader=make(SqlEvidence))
    offer_evidence = make(OfferEvidence, is_on=providers.Callable(_is_on, core.features))
    submit_evidence = make(SubmitEvidence, load_evidence=load_evidence, files=providers.Object(EVIDENCE_FILES))
