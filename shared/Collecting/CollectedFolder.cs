using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Posts;
using Pipeline.Publishing;
using Pipeline.Storage;

namespace Pipeline.Collecting;

/// <summary>A folder that posts are collected into: <c>_posts/YYYY-MM-DD-slug.md</c> as a Jekyll blog has them, and the state of earlier runs.</summary>
/// <param name="folder">The folder's path; it is made if it does not exist.</param>
public sealed class CollectedFolder(string folder)
{
    // A run that is killed repeats at most these.
    private const int PostsBetweenSaves = 500;

    /// <summary>Collects a source: new and changed posts are written, what is there stays, also posts that the source no longer has.</summary>
    /// <param name="source">Where the posts come from.</param>
    /// <param name="log">Takes what could not be read.</param>
    /// <param name="progress">Told how many posts were read so far.</param>
    /// <exception cref="BlogException">The source or the folder's state cannot be used.</exception>
    public async Task<CollectResult> CollectAsync(IPostSource source, CollectLog log, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(log);
        var run = new Run(folder, await CollectState.ReadAsync(folder, cancellationToken), source, log);
        Directory.CreateDirectory(Path.Combine(folder, "_posts"));
        try
        {
            await foreach (var post in source.ReadAsync(log, cancellationToken).WithCancellation(cancellationToken))
            {
                await run.TakeAsync(post, cancellationToken);
                progress?.Report(run.Read);
                if (run.Unsaved >= PostsBetweenSaves)
                {
                    await run.SaveAsync(cancellationToken);
                }
            }
        }
        finally
        {
            // Whatever ended the run, what it wrote is known to the next one.
            await run.SaveAsync(CancellationToken.None);
        }

        return run.Result;
    }

    /// <summary>Forgets earlier runs and deletes the posts that they wrote, and no others.</summary>
    public async Task StartOverAsync(CancellationToken cancellationToken)
    {
        CollectState state;
        try
        {
            state = await CollectState.ReadAsync(folder, cancellationToken);
        }
        catch (BlogException)
        {
            // A state that cannot be read names no files; starting over is the way out that its message offers.
            state = new();
        }

        foreach (var file in state.Posts.Values.Where(file => file.Path.StartsWith("_posts/", StringComparison.Ordinal) && PostPath.TryParse(file.Path) is not null))
        {
            File.Delete(Path.Combine(folder, file.Path));
        }

        File.Delete(Path.Combine(folder, CollectState.FileName));
    }

    private sealed class Run(string folder, CollectState state, IPostSource source, CollectLog log)
    {
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
        private readonly HashSet<string> _paths = new(state.Posts.Values.Select(file => file.Path), StringComparer.OrdinalIgnoreCase);
        private readonly Dictionary<string, string> _texts = state.Posts.GroupBy(post => post.Value.Text).ToDictionary(group => group.Key, group => group.First().Key);
        private int _added;
        private int _changed;
        private int _unchanged;
        private int _duplicates;

        public int Read { get; private set; }

        public int Unsaved { get; private set; }

        public CollectResult Result => new(Read, _added, _changed, _unchanged, _duplicates);

        public async Task TakeAsync(CollectedPost post, CancellationToken cancellationToken)
        {
            Read++;
            var key = $"{source.Kind}:{post.Id}";
            if (!_seen.Add(key))
            {
                _duplicates++;
                log.Problem($"{source.Name}: the id {post.Id} occurs more than once; the first post was kept. Give each post an id of its own.");
                return;
            }

            if (string.IsNullOrWhiteSpace(post.Body))
            {
                log.Omit("without text");
                return;
            }

            post = WithKnownDate(post, state.Posts.GetValueOrDefault(key));
            var bytes = Encoding.UTF8.GetBytes(PostFileText.Of(post));
            var text = Hash(Encoding.UTF8.GetBytes(string.Join('\n', post.Body.Split('\n').Select(line => line.Trim()))));
            if (_texts.TryGetValue(text, out var owner) && owner != key)
            {
                _duplicates++;
                return;
            }

            if (bytes.Length > PostReader.LargestPost)
            {
                log.Problem($"{source.Name}: the post '{PostFileText.Line(post.Title)}' ({post.Id}) has {bytes.Length / 1048576.0:0.0} MB, more than the {PostReader.LargestPost / 1048576} MB that are read; it was left out. Split it.");
                return;
            }

            await WriteAsync(key, post, bytes, text, cancellationToken);
        }

        public async Task SaveAsync(CancellationToken cancellationToken)
        {
            if (Unsaved > 0)
            {
                await state.WriteAsync(folder, cancellationToken);
                Unsaved = 0;
            }
        }

        // A copy of a file has a new time, and is the same post.
        private static CollectedPost WithKnownDate(CollectedPost post, CollectedFile? known) =>
            post.DateIsGuess && known is not null && PostPath.TryParse(known.Path)?.Date is { } date ? post with { Date = new(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) } : post;

        private async Task WriteAsync(string key, CollectedPost post, byte[] bytes, string text, CancellationToken cancellationToken)
        {
            var hash = Hash(bytes);
            var known = state.Posts.GetValueOrDefault(key);
            if (known is not null && PostPath.TryParse(known.Path) is null)
            {
                known = null;
            }

            if (known?.Hash == hash && File.Exists(Path.Combine(folder, known.Path)))
            {
                _unchanged++;
                return;
            }

            var path = known?.Path ?? await FreePathAsync(post, bytes, cancellationToken);
            await AtomicFile.WriteAsync(Path.Combine(folder, path), bytes, cancellationToken);
            state.Posts[key] = new(path, hash, text);
            _paths.Add(path);
            _texts[text] = key;
            Unsaved++;
            if (known is null)
            {
                _added++;
            }
            else
            {
                _changed++;
            }
        }

        private async Task<string> FreePathAsync(CollectedPost post, byte[] bytes, CancellationToken cancellationToken)
        {
            var name = $"_posts/{post.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}-{PostSlug.Of(post.Title)}";
            for (var number = 1; ; number++)
            {
                var path = $"{name}{(number == 1 ? "" : $"-{number}")}{PostFileText.Extension(post)}";
                var file = Path.Combine(folder, path);
                // A run that was killed left files that its state does not know.
                if (!_paths.Contains(path) && (!File.Exists(file) || (await File.ReadAllBytesAsync(file, cancellationToken)).AsSpan().SequenceEqual(bytes)))
                {
                    return path;
                }
            }
        }

        private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
    }
}
