"""What $metadata tells beyond names and types: the standard annotations that follow from a registry.

A value is a bool, int or str, a list of values, a dict (a record), `PathTo` a property or `MemberOf` an
enumeration. Terms are named by the aliases of `VOCABULARIES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .names import Named
from .registry import EntitySet, EntityType, Property, Service
from .vocabulary import CALLED, FUNCTIONS

VOCABULARIES: Mapping[str, tuple[str, str]] = {
    "Core": (
        "Org.OData.Core.V1",
        "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml",
    ),
    "Capabilities": (
        "Org.OData.Capabilities.V1",
        "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Capabilities.V1.xml",
    ),
}


class PathTo(NamedTuple):
    """The name of a property, as annotations refer to it."""

    name: str
    is_navigation: bool = False


class MemberOf(NamedTuple):
    """A member of a vocabulary's enumeration, such as `Capabilities.ConformanceLevelType/Intermediate`."""

    name: str


Terms = dict[str, Any]


def of_container(service: Service) -> Terms:
    functions = sorted({*FUNCTIONS, *CALLED})
    found: Terms = {
        "Core.ODataVersions": "4.0 4.01",
        "Capabilities.ConformanceLevel": MemberOf("Capabilities.ConformanceLevelType/Intermediate"),
        "Capabilities.SupportedFormats": ["application/json"],
        "Capabilities.SupportedMetadataFormats": ["application/xml", "application/json"],
        "Capabilities.AsynchronousRequestsSupported": False,
        "Capabilities.BatchSupported": True,
        "Capabilities.BatchContinueOnErrorSupported": True,
        "Capabilities.BatchSupport": {
            "Supported": True,
            "ContinueOnErrorSupported": True,
            "ReferencesInRequestBodiesSupported": True,
            "ReferencesAcrossChangeSetsSupported": True,
            "EtagReferencesSupported": False,
            "RequestDependencyConditionsSupported": False,
            "SupportedFormats": ["multipart/mixed", "application/json"],
        },
        "Capabilities.CrossJoinSupported": False,
        "Capabilities.FilterFunctions": functions,
        "Capabilities.KeyAsSegmentSupported": True,
        "Capabilities.QuerySegmentSupported": True,
    }
    if service.schema_version is not None:
        found["Core.SchemaVersion"] = service.schema_version
    return {**found, **service.annotations}


def of_set(service: Service, entity_set: EntitySet) -> Terms:
    kind = entity_set.type
    found: Terms = {
        "Capabilities.TopSupported": True,
        "Capabilities.SkipSupported": True,
        "Capabilities.CountRestrictions": {"Countable": True},
        "Capabilities.FilterRestrictions": _filtering(kind),
        "Capabilities.SortRestrictions": {
            "Sortable": True,
            "NonSortableProperties": _paths(each for each in kind.properties if not _is_sortable(each)),
        },
        "Capabilities.SearchRestrictions": {"Searchable": bool(entity_set.searched)},
        "Capabilities.ExpandRestrictions": _expanding(service, kind),
        "Capabilities.InsertRestrictions": {
            "Insertable": entity_set.create is not None,
            "NonInsertableProperties": _paths(each for each in kind.properties if not each.insertable),
        },
        "Capabilities.UpdateRestrictions": {
            "Updatable": entity_set.update is not None,
            "NonUpdatableProperties": _paths(each for each in kind.properties if not each.updatable),
        },
        "Capabilities.DeleteRestrictions": {"Deletable": entity_set.delete is not None},
    }
    if kind.concurrency:
        found["Core.OptimisticConcurrency"] = []
    return {**found, **entity_set.annotations}


def _filtering(kind: EntityType) -> Terms:
    unfit = _paths(each for each in kind.properties if not (each.filterable and each.is_queryable))
    return {"Filterable": True, "NonFilterableProperties": unfit}


def _expanding(service: Service, kind: EntityType) -> Terms:
    unfit = [PathTo(each.name, is_navigation=True) for each in kind.navigations if not each.expandable]
    return {
        "Expandable": True,
        "NonExpandableProperties": unfit,
        "MaxLevels": service.limits.expand_depth,
    }


def _is_sortable(each: Property) -> bool:
    return each.sortable and each.source is not None


def _paths(properties: Iterable[Named]) -> list[PathTo]:
    return [PathTo(each.name) for each in properties]


def of_property(each: Property) -> Terms:
    found: Terms = {}
    if each.computed:
        found["Core.Computed"] = True
    elif each.insertable and not each.updatable:
        found["Core.Immutable"] = True
    return {**found, **each.annotations}
