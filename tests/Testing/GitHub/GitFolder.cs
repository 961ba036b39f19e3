using System.Diagnostics;
using System.Text;

namespace Pipeline.Testing.GitHub;

/// <summary>A bare repository, driven by the program git as its own server would.</summary>
public sealed class GitFolder(string path)
{
    /// <summary>The repository's folder.</summary>
    public string FullName => path;

    /// <summary>Runs git and returns its output without the last line end.</summary>
    /// <exception cref="InvalidOperationException">git failed; the message is its own.</exception>
    public string Run(params string[] arguments) => Encoding.UTF8.GetString(RunBytes(arguments)).TrimEnd('\n');

    /// <summary>Runs git with an input and further environment.</summary>
    public byte[] RunBytes(string[] arguments, ReadOnlySpan<byte> input = default, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("git", ["--git-dir", path, "-c", "user.name=Owner", "-c", "user.email=owner@blog.example", "-c", "gc.auto=0", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        Task.WaitAll(reading, errors);
        process.WaitForExit();
        return process.ExitCode == 0
            ? output.ToArray()
            : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {errors.GetAwaiter().GetResult()}");
    }

    /// <summary>Whether there is such an object.</summary>
    public bool Has(string expression)
    {
        try
        {
            Run("cat-file", "-e", expression);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Makes a tree from another one with changes; a null object removes a path.</summary>
    public string ChangeTree(string baseTree, IEnumerable<(string Path, string Mode, string? Object)> changes)
    {
        var index = Directory.CreateTempSubdirectory("pipeline-test-index-");
        try
        {
            var environment = new Dictionary<string, string> { ["GIT_INDEX_FILE"] = Path.Combine(index.FullName, "index") };
            RunBytes(["read-tree", baseTree], environment: environment);
            var lines = new StringBuilder();
            foreach (var (file, mode, id) in changes)
            {
                lines.Append(id is null ? $"0 {new string('0', 40)}\t{file}\0" : $"{mode} {id}\t{file}\0");
            }

            RunBytes(["update-index", "-z", "--index-info"], Encoding.UTF8.GetBytes(lines.ToString()), environment);
            return Encoding.UTF8.GetString(RunBytes(["write-tree"], environment: environment)).Trim();
        }
        finally
        {
            index.Delete(recursive: true);
        }
    }

    /// <summary>Commits files to a branch as a person would; a null text removes one. Returns the commit.</summary>
    public string Commit(string branch, string message, params (string Path, string? Text)[] files)
    {
        var parent = Run("rev-parse", $"refs/heads/{branch}");
        var tree = ChangeTree(
            $"{parent}^{{tree}}",
            files.Select(file => (file.Path, "100644", file.Text is null ? null : Encoding.UTF8.GetString(RunBytes(["hash-object", "-w", "--stdin"], Encoding.UTF8.GetBytes(file.Text))).Trim())));
        var commit = Run("commit-tree", "-m", message, "-p", parent, tree);
        Run("update-ref", $"refs/heads/{branch}", commit);
        return commit;
    }
}
