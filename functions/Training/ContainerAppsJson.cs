using System.Text.Json.Serialization;

namespace Pipeline.Functions.Training;

// The shapes of Microsoft.App/jobs in Azure Resource Manager, version 2025-07-01; members that are not needed are left out, and
// what is read and sent back holds only what the start of an execution takes.

/// <summary>A job.</summary>
internal sealed record JobResource(JobResourceProperties Properties);

/// <summary>A job's properties.</summary>
internal sealed record JobResourceProperties(JobTemplate? Template);

/// <summary>The containers of a job, or of one execution of it.</summary>
internal sealed record JobTemplate(IReadOnlyList<JobContainer>? Containers, IReadOnlyList<JobContainer>? InitContainers = null);

/// <summary>A container.</summary>
internal sealed record JobContainer
{
    public string? Name { get; init; }

    public string? Image { get; init; }

    public IReadOnlyList<string>? Command { get; init; }

    public IReadOnlyList<string>? Args { get; init; }

    public IReadOnlyList<JobVariable>? Env { get; init; }

    public JobContainerResources? Resources { get; init; }
}

/// <summary>An environment variable, with its value or the name of the secret that is its value.</summary>
internal sealed record JobVariable(string Name, string? Value = null, string? SecretRef = null);

/// <summary>What a container may use: cores, and memory such as <c>56Gi</c>.</summary>
internal sealed record JobContainerResources(decimal? Cpu, string? Memory);

/// <summary>An execution of a job.</summary>
internal sealed record JobExecution(string? Name, JobExecutionProperties? Properties = null)
{
    /// <summary>Where it stands; what Azure does not know, or calls by a name that we do not, may still be running.</summary>
    public TrainingRunState State => Properties?.Status switch
    {
        "Succeeded" => TrainingRunState.Done,
        "Stopped" => TrainingRunState.Stopped,
        "Failed" or "Degraded" => TrainingRunState.Failed,
        _ => TrainingRunState.Running,
    };

    /// <summary>The value of a variable that it was started with.</summary>
    public string? Variable(string name) =>
        Properties?.Template?.Containers?.SelectMany(container => container.Env ?? []).FirstOrDefault(variable => variable.Name == name)?.Value;
}

/// <summary>An execution's properties.</summary>
internal sealed record JobExecutionProperties(string? Status, DateTimeOffset? StartTime = null, DateTimeOffset? EndTime = null, JobTemplate? Template = null);

/// <summary>A page of executions.</summary>
internal sealed record JobExecutions(IReadOnlyList<JobExecution>? Value, string? NextLink = null);

/// <summary>An error's body.</summary>
internal sealed record ResourceManagerError(ResourceManagerErrorDetail? Error);

/// <summary>What an error says.</summary>
internal sealed record ResourceManagerErrorDetail(string? Code, string? Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JobResource))]
[JsonSerializable(typeof(JobTemplate))]
[JsonSerializable(typeof(JobExecution))]
[JsonSerializable(typeof(JobExecutions))]
[JsonSerializable(typeof(ResourceManagerError))]
internal sealed partial class ContainerAppsJson : JsonSerializerContext;
