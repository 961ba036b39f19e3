using Pipeline.Posts;
using Pipeline.Publishing;

namespace Pipeline.Collecting;

/// <summary>Brings the newest state of a git repository into a folder, without its history.</summary>
public static class GitDownload
{
    // A server that sends next to nothing for so long is given up.
    private static readonly (string Key, string Value)[] Patience = [("GIT_HTTP_LOW_SPEED_LIMIT", "500"), ("GIT_HTTP_LOW_SPEED_TIME", "60")];

    /// <summary>Downloads the default branch.</summary>
    /// <param name="address">The repository's address.</param>
    /// <param name="folder">An empty folder; the files come into a folder in it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The folder with the files. Links are there as the text of their targets, so that none leads anywhere.</returns>
    /// <exception cref="BlogException">The address is not encrypted.</exception>
    /// <exception cref="BlogRepositoryException">git is missing, or says that the repository cannot be had.</exception>
    public static async Task<string> ToFolderAsync(string address, string folder, CancellationToken cancellationToken)
    {
        if (Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback)
        {
            throw new BlogException($"{address} is not encrypted: name the https address.");
        }

        var files = Directory.CreateDirectory(Path.Combine(folder, "files")).FullName;
        var git = new GitProgram(Path.Combine(folder, "repository"));
        await git.TextAsync(["init", "-q"], cancellationToken);
        // The quotes of git's own message name the address; a password in it is not asked for and never printed by us.
        await git.TextAsync(["fetch", "-q", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", address, "HEAD"], cancellationToken, environment: Patience);
        await git.TextAsync(["--work-tree=" + files, "-c", "core.symlinks=false", "checkout", "-q", "-f", "FETCH_HEAD", "--", "."], cancellationToken);
        return files;
    }
}
