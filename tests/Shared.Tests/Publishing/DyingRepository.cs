using Pipeline.Publishing;

namespace Pipeline.Shared.Tests.Publishing;

/// <summary>A repository whose caller dies at one call: before it, or after it when the repository has already obeyed.</summary>
internal sealed class DyingRepository(IBlogRepository inner, int dieAt, bool afterwards) : IBlogRepository
{
    private int _calls;

    public bool Died { get; private set; }

    public Task<string?> FindBranchAsync(string branch, CancellationToken cancellationToken) => CallAsync(() => inner.FindBranchAsync(branch, cancellationToken));

    public Task<IReadOnlyList<BranchHead>> ListBranchesAsync(string prefix, CancellationToken cancellationToken) => CallAsync(() => inner.ListBranchesAsync(prefix, cancellationToken));

    public Task<IReadOnlyList<string>> ListPathsAsync(string commit, CancellationToken cancellationToken) => CallAsync(() => inner.ListPathsAsync(commit, cancellationToken));

    public Task<byte[]> ReadFileAsync(string commit, string path, CancellationToken cancellationToken) => CallAsync(() => inner.ReadFileAsync(commit, path, cancellationToken));

    public Task<string> CreateCommitAsync(string parent, string? removed, string path, ReadOnlyMemory<byte> content, CommitDetails details, CancellationToken cancellationToken) =>
        CallAsync(() => inner.CreateCommitAsync(parent, removed, path, content, details, cancellationToken));

    public Task<bool> CreateBranchAsync(string branch, string commit, CancellationToken cancellationToken) => CallAsync(() => inner.CreateBranchAsync(branch, commit, cancellationToken));

    public Task<bool> AdvanceBranchAsync(string branch, string current, string newer, CancellationToken cancellationToken) => CallAsync(() => inner.AdvanceBranchAsync(branch, current, newer, cancellationToken));

    private async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        var dies = _calls++ == dieAt;
        Died |= dies;
        if (dies && !afterwards)
        {
            throw new InvalidOperationException("The process died.");
        }

        var result = await call();
        return dies ? throw new InvalidOperationException("The process died.") : result;
    }
}
