using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Storage;

namespace Pipeline.Privacy;

/// <summary>
/// The posts that the owner took back, as <c>registry/forgotten.json</c>: what is named there never becomes a document again, however often
/// the blog brings it.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="clock">Dates the entries.</param>
public sealed class ForgottenPosts(IBlobStore store, TimeProvider clock)
{
    // An import asks for every post; what another process forgets counts here after this long.
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    private (HashSet<string> Posts, DateTimeOffset Time)? _last;

    /// <summary>Where the list lies.</summary>
    public static BlobName Blob { get; } = new(Containers.Registry, "forgotten.json");

    /// <summary>What stands for a post in the list.</summary>
    public static string NameOf(string path) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)));

    /// <summary>Whether a post is to be forgotten; others' changes count within ten seconds.</summary>
    /// <exception cref="FormatException">The list is damaged or of a newer format.</exception>
    public async Task<bool> ContainsAsync(string path, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (_last is not { } last || (now - last.Time).Duration() > Memory)
        {
            last = ([.. (await ReadAsync(cancellationToken)).Select(entry => entry.Post)], now);
            _last = last;
        }

        return last.Posts.Contains(NameOf(path));
    }

    /// <summary>Every entry, the oldest first.</summary>
    /// <exception cref="FormatException">The list is damaged or of a newer format.</exception>
    public async Task<IReadOnlyList<ForgottenPost>> ReadAsync(CancellationToken cancellationToken) =>
        await store.ReadAsync(Blob, cancellationToken) is var (bytes, _) ? Parse(bytes).Posts : [];

    /// <summary>Adds a post; one that is there already keeps its date.</summary>
    /// <returns>Its entry.</returns>
    public async Task<ForgottenPost> AddAsync(string path, CancellationToken cancellationToken)
    {
        var added = new ForgottenPost(NameOf(path), clock.GetUtcNow());
        var list = await ChangeAsync(posts => posts.Any(entry => entry.Post == added.Post) ? posts : [.. posts, added], cancellationToken);
        return list.First(entry => entry.Post == added.Post);
    }

    /// <summary>Takes a post off the list; the blog's next import brings it back.</summary>
    /// <returns>Whether it was on it.</returns>
    public async Task<bool> RemoveAsync(string path, CancellationToken cancellationToken)
    {
        var found = false;
        await ChangeAsync(
            posts =>
            {
                found = posts.Any(entry => entry.Post == NameOf(path));
                return found ? [.. posts.Where(entry => entry.Post != NameOf(path))] : posts;
            },
            cancellationToken);
        return found;
    }

    private async Task<IReadOnlyList<ForgottenPost>> ChangeAsync(Func<IReadOnlyList<ForgottenPost>, IReadOnlyList<ForgottenPost>> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await store.ReadAsync(Blob, cancellationToken);
            var posts = read is var (bytes, _) ? Parse(bytes).Posts : [];
            var changed = change(posts);
            if (ReferenceEquals(changed, posts))
            {
                return posts;
            }

            try
            {
                await store.WriteAsync(
                    Blob,
                    JsonSerializer.SerializeToUtf8Bytes(new ForgottenList(changed), ForgottenJson.Default.ForgottenList),
                    read is var (_, entry) ? BlobCondition.Matches(entry.ETag) : BlobCondition.Absent,
                    cancellationToken);
                _last = null;
                return changed;
            }
            catch (BlobConditionException)
            {
                // Somebody else changed it meanwhile: look again.
            }
        }
    }

    // Damaged, it must not be taken for empty: what was forgotten would come back.
    private static ForgottenList Parse(byte[] bytes)
    {
        var list = StoredForm.Read(bytes, ForgottenJson.Default.ForgottenList, read => read.Format, ForgottenList.CurrentFormat, $"The list {Blob}", "Restore it from a backup.");
        return list.Posts is not null ? list : throw new FormatException($"The list {Blob} has no posts. Restore it from a backup.");
    }
}

/// <summary>The list as it is stored.</summary>
internal sealed record ForgottenList(IReadOnlyList<ForgottenPost> Posts)
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ForgottenList))]
internal sealed partial class ForgottenJson : JsonSerializerContext;
