using System.Text.RegularExpressions;
using Pipeline.Storage;

namespace Pipeline.TrainerJob.BaseModels;

/// <summary>Where the model lies that training begins with: beside this program, in a folder, in blobs of the store, or on the model hub.</summary>
internal abstract partial record BaseModelSource
{
    private const string HubScheme = "hub:";
    private const string BlobScheme = "blob:";

    /// <summary>The model that comes with this program.</summary>
    public sealed record Shipped : BaseModelSource
    {
        /// <inheritdoc />
        public override string Name => ShippedBase.Name;
    }

    /// <summary>A folder in Hugging Face's layout.</summary>
    public sealed record LocalFolder(string Path) : BaseModelSource
    {
        /// <inheritdoc />
        public override string Name => System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path)));
    }

    /// <summary>Blobs of the store below a prefix, such as <c>models/0123abcd-4567cdef</c>.</summary>
    public sealed record Blobs(string Container, string Prefix) : BaseModelSource
    {
        /// <inheritdoc />
        public override string Name => $"{Container}/{Prefix}";
    }

    /// <summary>A repository of the hub, such as <c>distilbert/distilgpt2</c>, at a branch, a tag or a commit.</summary>
    public sealed record Hub(string Repository, string Revision) : BaseModelSource
    {
        /// <summary>The branch that is taken when none is named.</summary>
        public const string DefaultRevision = "main";

        /// <inheritdoc />
        public override string Name => Revision == DefaultRevision ? Repository : $"{Repository}@{Revision}";
    }

    /// <summary>What the model is called in manifests and messages.</summary>
    public abstract string Name { get; }

    /// <summary>Reads <c>shipped</c>, <c>DIR</c>, <c>container/prefix</c> (or <c>blob:container/prefix</c>) or <c>hub:owner/name[@revision]</c>.</summary>
    /// <exception cref="InputException">It is none of these.</exception>
    public static BaseModelSource Parse(string text)
    {
        if (text == ShippedBase.Setting)
        {
            return new Shipped();
        }

        if (text.StartsWith(HubScheme, StringComparison.Ordinal))
        {
            return HubName().Match(text[HubScheme.Length..]) is { Success: true } name
                ? new Hub(name.Groups["repository"].Value, name.Groups["revision"] is { Success: true, Value: var revision } ? revision : Hub.DefaultRevision)
                : throw new InputException($"'{text}' names no model of the hub; write hub:owner/name or hub:owner/name@revision, such as hub:distilbert/distilgpt2.");
        }

        var blob = text.StartsWith(BlobScheme, StringComparison.Ordinal) ? text[BlobScheme.Length..] : text;
        if (blob.Length == text.Length && Directory.Exists(text))
        {
            return new LocalFolder(text);
        }

        var parts = blob.TrimEnd('/').Split('/', 2);
        return parts is [var container, { Length: > 0 } prefix] && (blob.Length < text.Length || Containers.All.Contains(container))
            ? new Blobs(container, prefix)
            : throw new InputException($"There is no folder {text}. The base model is shipped (the one that comes with this program), a folder, blobs of the store (such as models/VERSION) or a model of the hub (such as hub:distilbert/distilgpt2).");
    }

    [GeneratedRegex(@"^(?<repository>[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?)(@(?<revision>[A-Za-z0-9][A-Za-z0-9._-]{0,95}))?$", RegexOptions.CultureInvariant)]
    private static partial Regex HubName();
}
