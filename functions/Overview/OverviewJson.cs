using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Registry;

namespace Pipeline.Functions.Overview;

internal sealed class ModelRoleConverter() : JsonStringEnumConverter<ModelRole>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

internal sealed class PostOutcomeConverter() : JsonStringEnumConverter<PostOutcome>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

internal sealed class StepHealthConverter() : JsonStringEnumConverter<StepHealth>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

internal sealed class RoutingChangeConverter() : JsonStringEnumConverter<RoutingChangeKind>(namingPolicy: null, allowIntegerValues: false);

/// <summary>The JSON behind the page: every member is always there, null where there is nothing.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(ModelRoleConverter), typeof(PostOutcomeConverter), typeof(StepHealthConverter), typeof(RoutingChangeConverter)])]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(RunsAnswer))]
[JsonSerializable(typeof(RunAnswer))]
[JsonSerializable(typeof(ModelsAnswer))]
[JsonSerializable(typeof(PostsAnswer))]
[JsonSerializable(typeof(CorpusAnswer))]
[JsonSerializable(typeof(CorpusOverview))]
[JsonSerializable(typeof(VocabularyAnswer))]
[JsonSerializable(typeof(OriginalityAnswer))]
[JsonSerializable(typeof(OriginalityRequest))]
[JsonSerializable(typeof(RoutingTable))]
internal sealed partial class OverviewJson : JsonSerializerContext;
