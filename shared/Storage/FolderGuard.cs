namespace Pipeline.Storage;

/// <summary>Turns what the file system throws into the store's own exception, which names the blob and the way out.</summary>
internal sealed class FolderGuard(string root)
{
    /// <summary>Runs an action on a blob or container.</summary>
    public void Run(object what, string verb, Action action) => Run(what, verb, () =>
    {
        action();
        return true;
    });

    /// <inheritdoc cref="Run(object, string, Action)" />
    public T Run<T>(object what, string verb, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (IsFault(exception))
        {
            throw Fault(what, verb, exception);
        }
    }

    /// <inheritdoc cref="Run(object, string, Action)" />
    public async Task<T> RunAsync<T>(object what, string verb, Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception exception) when (IsFault(exception))
        {
            throw Fault(what, verb, exception);
        }
    }

    private static bool IsFault(Exception exception) =>
        exception is UnauthorizedAccessException or (IOException and not BlobStoreException and not BlobConditionException);

    private BlobStoreException Fault(object what, string verb, Exception exception) => new(
        $"{what} could not be {verb} in the folder {root}: {exception.Message.TrimEnd('.')}. See that the disk has room and that the folder is yours to read and write.",
        exception);
}
