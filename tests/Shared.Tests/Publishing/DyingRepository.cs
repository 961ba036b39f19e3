using Pipeline.Publishing;

namespace Pipeline.Shared.Tests.Publishing;

/// <summary>A repository whose caller dies at one call: before it, or after it when the repository has already obeyed; or to which something else happens there.</summary>
internal sealed class DyingRepository(IBlogRepository inner, int dieAt, bool afterwards, bool dies = true, Action? happens = null) : IBlogRepository
{
    private int _calls;

    public bool Died { get; private set; }

    public Task<string?> FindBranchAsync(string branch, CancellationToken cancellationToken) => CallAsync(() => inner.FindBranchAsync(branch, cancellationToken));

    public Task<IReadOnlyList<BranchHead>> ListBranchesAsync(string prefix, CancellationToken cancellationToken) => CallAsync(() => inner.ListBranchesAsync(prefix, cancellationToken));

    public Task<IReadOnlyList<string>> ListPathsAsync(string commit, CancellationToken cancellationToken) => CallAsync(() => inner.ListPathsAsync(commit, cancellationToken));

    public Task<byte[]> ReadFileAsync(string commit, string path, CancellationToken cancellationToken) => CallAsync(() => inner.ReadFileAsync(commit, path, cancellationToken));

    public Task<CommitInfo> ReadCommitAsync(string commit, CancellationToken cancellationToken) => CallAsync(() => inner.ReadCommitAsync(commit, cancellationToken));

    public Task<string> CreateCommitAsync(string parent, string? removed, string path, ReadOnlyMemory<byte> content, CommitDetails details, CancellationToken cancellationToken) =>
        CallAsync(() => inner.CreateCommitAsync(parent, removed, path, content, details, cancellationToken));

    public Task<bool> CreateBranchAsync(string branch, string commit, CancellationToken cancellationToken) => CallAsync(() => inner.CreateBranchAsync(branch, commit, cancellationToken));

    public Task<bool> AdvanceBranchAsync(string branch, string current, string newer, CancellationToken cancellationToken) => CallAsync(() => inner.AdvanceBranchAsync(branch, current, newer, cancellationToken));

    private async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        var here = _calls++ == dieAt;
        Died |= here;
        if (here && !afterwards)
        {
            Happen();
        }

        var result = await call();
        if (here && afterwards)
        {
            Happen();
        }

        return result;
    }

    private void Happen()
    {
        happens?.Invoke();
        if (dies)
        {
            throw new InvalidOperationException("The process died.");
        }
    }
}
