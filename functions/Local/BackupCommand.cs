using System.CommandLine;
using Pipeline.Backups;
using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary><c>backup</c> and <c>restore</c>: all state to a folder or storage account and back.</summary>
internal static class BackupCommand
{
    /// <summary>Makes <c>backup</c>.</summary>
    public static Command CreateBackup()
    {
        var (work, container) = Common();
        var to = new Option<string>("--to") { Description = "A folder, a storage connection string, or a storage account's https address.", Required = true };
        var command = new Command("backup", """
            Copies all state (posts, documents, corpora, runs, models, registry, feedback, published posts; of a work folder the blog's copy and the timers,
            too) and verifies every copy by its SHA-256. Run again, it copies only what is new. It may run while 'serve' or the function app does.

            Example:
              backup --to /mnt/backups
            """)
        {
            to, container, work,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var (settings, folders) = Settings(arguments.GetRequiredValue(work), mustExist: true);
            var target = new BackupTarget(BlobStores.Open(arguments.GetRequiredValue(to)), arguments.GetRequiredValue(container));
            var done = await new BackupRun(BlobStores.Open(settings.Store), folders, target, TimeProvider.System).RunAsync(cancellationToken);
            Console.WriteLine(FormattableString.Invariant($"Backup {done.Name}: {done.Index.Entries.Count} blobs and files of {done.Index.Length / 1e6:0.0} MB, {done.Written} of them new, each verified."));
            return CommandLine.Done;
        });
        return command;
    }

    /// <summary>Makes <c>restore</c>.</summary>
    public static Command CreateRestore()
    {
        var (work, container) = Common();
        var from = new Option<string>("--from") { Description = "Where 'backup' wrote to.", Required = true };
        var name = new Option<string?>("--backup") { Description = "The backup's name; the newest if left out." };
        var list = new Option<bool>("--list") { Description = "Only say which backups there are." };
        var replace = new Option<bool>("--replace") { Description = "Delete what the store holds and the backup does not." };
        var command = new Command("restore", """
            Restores a backup into an empty store, after all of it has been verified by SHA-256. Nothing else may run on the store meanwhile.

            Example:
              restore --from /mnt/backups --work .pipeline
            """)
        {
            from, name, list, replace, container, work,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var target = new BackupTarget(BlobStores.Open(arguments.GetRequiredValue(from)), arguments.GetRequiredValue(container));
            if (arguments.GetValue(list))
            {
                foreach (var found in await target.ListAsync(cancellationToken))
                {
                    Console.WriteLine(found);
                }

                return CommandLine.Done;
            }

            var (settings, folders) = Settings(arguments.GetRequiredValue(work), mustExist: false);
            using var busy = folders.Count == 0 ? null : WorkLock.Take(arguments.GetRequiredValue(work).FullName);
            var (restored, index) = await new RestoreRun(target, BlobStores.Open(settings.Store), folders)
                .RunAsync(arguments.GetValue(name), arguments.GetValue(replace), cancellationToken);
            Console.WriteLine(FormattableString.Invariant($"Restored {restored}: {index.Entries.Count} blobs and files of {index.Length / 1e6:0.0} MB, each verified before."));
            return CommandLine.Done;
        });
        return command;
    }

    private static (Option<DirectoryInfo> Work, Option<string> Container) Common() => (
        new("--work") { Description = "The work folder, unless PIPELINE_STORE names a store.", DefaultValueFactory = _ => new(".pipeline") },
        new("--container") { Description = "The container of the backups.", DefaultValueFactory = _ => BackupTarget.UsualContainer });

    // Only a store of a work folder has the folders beside it that belong to it.
    private static (PipelineSettings Settings, Dictionary<string, string> Folders) Settings(DirectoryInfo work, bool mustExist)
    {
        var folders = new WorkFolders(work.FullName);
        var settings = folders.Configure(PipelineSettings.FromEnvironment()).Validated();
        if (mustExist && BlobStores.FolderOf(settings.Store) is { } local && !Directory.Exists(local))
        {
            throw new DirectoryNotFoundException($"There is no store in {local}. Name the work folder with --work, or the store in PIPELINE_STORE.");
        }

        return (settings, settings.Store == folders.Store ? new() { ["blog"] = folders.Blog, ["host"] = folders.Host } : []);
    }
}
