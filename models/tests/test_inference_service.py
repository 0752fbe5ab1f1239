"""The service as the installed snowflake-ml-python takes it, down to what it would ask of Snowflake."""

from unittest.mock import Mock, create_autospec

from snowflake.ml._internal.utils.sql_identifier import SqlIdentifier
from snowflake.ml.model import ModelVersion
from snowflake.ml.model._client.ops.service_ops import ServiceOperator

from inference_service import InferenceService

SERVICE = InferenceService(
    name="ranking_model",
    schema="snowgate.models",
    compute_pool="SNOWGATE_RANKER_POOL",
    max_instances=2,
    min_instances=0,
    is_public=True,
    auto_suspend_seconds=None,
)


def test_the_library_reads_name_and_pool_and_how_many_instances():
    operator = create_autospec(ServiceOperator, instance=True)
    registry = Mock()
    registry._model_client.fully_qualified_object_name.return_value = "SNOWGATE.MODELS.RANKING"
    names = {"model_name": SqlIdentifier("RANKING"), "version_name": SqlIdentifier("V2")}
    version = ModelVersion._ref(registry, service_ops=operator, **names)
    version._functions = [{"name": "PREDICT_PROBA", "target_method_function_type": "FUNCTION"}]
    version.create_service(**SERVICE.arguments())
    asked = operator.create_service.call_args.kwargs
    names = ("service_database_name", "service_schema_name", "service_name", "service_compute_pool_name")
    assert [asked[name].resolved() for name in names] == ["SNOWGATE", "MODELS", "RANKING_MODEL", "SNOWGATE_RANKER_POOL"]
    assert (asked["min_instances"], asked["max_instances"], asked["ingress_enabled"]) == (0, 2, True)


def test_leaves_suspending_to_snowflake_unless_told_and_grants_nothing_to_nobody():
    assert SERVICE.statements([]) == []
