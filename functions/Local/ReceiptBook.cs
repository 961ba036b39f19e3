using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary>
/// Which blobs a function has handled, by name and ETag, so that each version of a blob is handled once. Kept on disk; what is lost
/// in a crash is handled again, as on Azure.
/// </summary>
internal sealed class ReceiptBook
{
    private readonly string path;
    private readonly ConcurrentDictionary<string, Receipt> receipts;

    /// <summary>Opens the book of one function.</summary>
    /// <param name="path">The file.</param>
    /// <param name="stamp">What besides the blob decides the function's result, such as a setting; with another stamp the book is empty.</param>
    public ReceiptBook(string path, string stamp)
    {
        this.path = path;
        Stamp = stamp;
        var page = AtomicJson.Read(path, LocalJson.Default.ReceiptPage);
        StoredForm.Check(page?.Format ?? 0, ReceiptPage.CurrentFormat, path);
        receipts = new(page?.Stamp == stamp ? page.Receipts : [], StringComparer.Ordinal);
    }

    /// <summary>The stamp that the receipts are valid for.</summary>
    public string Stamp { get; }

    /// <summary>Blobs that failed every try, with the last error.</summary>
    public IEnumerable<(string Name, string Error)> Poisoned =>
        receipts.Where(entry => entry.Value.Error is not null).Select(entry => (entry.Key, entry.Value.Error!));

    /// <summary>Whether this version of a blob has been dealt with, well or badly.</summary>
    public bool Has(string name, string etag) => receipts.TryGetValue(name, out var receipt) && receipt.ETag == etag;

    /// <summary>Notes that a version was dealt with.</summary>
    /// <param name="name">The blob.</param>
    /// <param name="etag">Its version.</param>
    /// <param name="error">Why every try failed, or null if one succeeded.</param>
    public void Add(string name, string etag, string? error) => receipts[name] = new(etag, error);

    /// <summary>Forgets the blobs that failed every try, so that they are tried again.</summary>
    public void ForgetPoisoned()
    {
        foreach (var (name, _) in Poisoned)
        {
            receipts.TryRemove(name, out _);
        }
    }

    /// <summary>Writes the book to disk.</summary>
    public Task SaveAsync(CancellationToken cancellationToken) =>
        AtomicJson.WriteAsync(path, new ReceiptPage(Stamp, new(receipts)), LocalJson.Default.ReceiptPage, cancellationToken);
}

/// <summary>A version of a blob that was dealt with.</summary>
internal sealed record Receipt(string ETag, string? Error);

/// <summary>A book as it lies on disk.</summary>
internal sealed record ReceiptPage(string Stamp, Dictionary<string, Receipt> Receipts)
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
}

/// <summary>When a timer ran last, as it lies on disk. Earlier versions wrote the names and times alone.</summary>
/// <param name="Runs">By the function's name.</param>
internal sealed record TimerPage(Dictionary<string, DateTimeOffset>? Runs)
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReceiptPage))]
[JsonSerializable(typeof(TimerPage))]
[JsonSerializable(typeof(Dictionary<string, DateTimeOffset>), TypeInfoPropertyName = "TimerRuns")]
internal sealed partial class LocalJson : JsonSerializerContext;
