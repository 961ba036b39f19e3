using System.Text.Json.Serialization.Metadata;

namespace Pipeline.Functions.ReadOpenApi;

/// <summary>A call that the app takes.</summary>
/// <param name="Method">Its verb, in lower case.</param>
/// <param name="Path">Its path, with parameters in braces.</param>
/// <param name="Id">Its name, for programs that are made of the description.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Access">Who may call it.</param>
internal sealed record OpenApiOperation(string Method, string Path, string Id, string Summary, OpenApiAccess Access)
{
    /// <summary>What the address says.</summary>
    public IReadOnlyList<OpenApiParameter> Parameters { get; init; } = [];

    /// <summary>The form of its body; null if it takes none.</summary>
    public JsonTypeInfo? Body { get; init; }

    /// <summary>Whether the body may be left out.</summary>
    public bool BodyOptional { get; init; }

    /// <summary>The media type of a body or answer that is no JSON; null where they are JSON.</summary>
    public string? BodyType { get; init; }

    /// <summary>The status of success.</summary>
    public int Success { get; init; } = StatusCodes.Status200OK;

    /// <summary>The form of its answer; null if it is no JSON.</summary>
    public JsonTypeInfo? Answer { get; init; }

    /// <summary>Further media types of the answer, such as a stream's.</summary>
    public IReadOnlyList<string> OtherAnswers { get; init; } = [];

    /// <summary>Statuses of failure, each with the common error's form.</summary>
    public IReadOnlyList<int> Failures { get; init; } = [];
}

/// <summary>A part of an address.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Its JSON type.</param>
/// <param name="Summary">What it is.</param>
/// <param name="InPath">Whether it is a part of the path; else of the query.</param>
internal sealed record OpenApiParameter(string Name, string Kind, string Summary, bool InPath = false);

/// <summary>Who may call.</summary>
internal enum OpenApiAccess
{
    /// <summary>Everyone.</summary>
    Open,

    /// <summary>Who may read: everyone, or who has the page's key.</summary>
    Reading,

    /// <summary>Who has the app's key.</summary>
    Action,

    /// <summary>Who signs the body.</summary>
    Signed,
}
