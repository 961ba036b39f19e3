using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipeline.Testing;

namespace Pipeline.EndToEnd;

/// <summary>
/// The trainer's image, its last stage built by Debian's buildah from the Dockerfile as it is. The true base cannot be fetched
/// here, so one made of Debian's packages has its name; the program is the one that the tests run, with the machine's .NET.
/// </summary>
internal sealed partial class TrainerImage : IAsyncDisposable
{
    private const string Image = "localhost/trainer";
    private const string Published = "localhost/published";

    // A change of what the base is made of needs another name, or an old one is found.
    private static readonly string Cache = Path.Combine(Path.GetTempPath(), "pipeline-test-base-1");

    private readonly TemporaryFolder storage = new();
    private string container = "";

    private TrainerImage()
    {
    }

    /// <summary>What runs when the image is run: program and first arguments.</summary>
    public IReadOnlyList<string> EntryPoint { get; private set; } = [];

    /// <summary>The environment variables that it sets, as <c>NAME=VALUE</c>.</summary>
    public IReadOnlyList<string> Variables { get; private set; } = [];

    /// <summary>The user that it runs as.</summary>
    public string User { get; private set; } = "";

    /// <summary>Builds the image, and a container of it.</summary>
    public static async Task<TrainerImage> BuildAsync(CancellationToken cancellationToken)
    {
        await DebianPackages.EnsureAsync("debootstrap", cancellationToken);
        await DebianPackages.EnsureAsync("buildah", cancellationToken);
        var image = new TrainerImage();
        try
        {
            var dockerfile = Path.Combine(ProjectFolders.Root, "trainer-job", "Dockerfile");
            var baseName = BaseName().Match(await File.ReadAllTextAsync(dockerfile, cancellationToken)).Groups[1].Value;
            await image.CommitAsync(baseName, [(await BaseFilesAsync(cancellationToken), "/")], cancellationToken);
            using var sources = new TemporaryFolder();
            await image.CommitAsync(Published, [(await PublishAsync(dockerfile, sources.FullName, cancellationToken), "/app")], cancellationToken);
            await image.BuildahAsync(
                ["bud", "--pull-never", "--isolation", "chroot", "--build-arg", "VARIANT=cpu", "--build-arg", $"PUBLISHED={Published}", "-f", dockerfile, "-t", Image, ProjectFolders.Root],
                cancellationToken);
            image.container = (await image.BuildahAsync(["from", "--pull-never", Image], cancellationToken)).Output.Trim();
            var config = JsonNode.Parse((await image.BuildahAsync(["inspect", "--type", "image", Image], cancellationToken)).Output)!["OCIv1"]!["config"]!;
            image.EntryPoint = [.. config["Entrypoint"]!.AsArray().Select(part => (string)part!)];
            image.Variables = [.. (config["Env"] as JsonArray ?? []).Select(variable => (string)variable!)];
            image.User = (string)config[nameof(User)]!;
            return image;
        }
        catch
        {
            await image.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the image's program.</summary>
    /// <param name="folder">A folder of this machine, seen as <c>/store</c>.</param>
    /// <param name="variables">Environment variables.</param>
    /// <param name="arguments">What comes after the entry point.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<ProgramResult> RunAsync(string folder, IReadOnlyDictionary<string, string> variables, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        RunProgramAsync(folder, variables, [.. EntryPoint, .. arguments], cancellationToken);

    /// <summary>Runs any program of the image.</summary>
    public Task<ProgramResult> RunProgramAsync(string folder, IReadOnlyDictionary<string, string> variables, IEnumerable<string> command, CancellationToken cancellationToken) =>
        Programs.RunAsync(
            "buildah",
            [.. Options(), "run", "--isolation", "chroot", "--volume", $"{folder}:/store", .. variables.SelectMany(variable => new[] { "--env", $"{variable.Key}={variable.Value}" }), container, "--", .. command],
            cancellationToken);

    /// <summary>
    /// Runs the image's program with its whole file system read-only but for <c>/store</c> and fresh folders at <c>/work</c> and <c>/tmp</c>, as
    /// its user: what <c>--read-only</c> does where containers are run, which buildah has no option for.
    /// </summary>
    public async Task<ProgramResult> RunReadOnlyAsync(string folder, IReadOnlyDictionary<string, string> variables, IEnumerable<string> arguments, CancellationToken cancellationToken, IEnumerable<string>? instead = null)
    {
        var root = (await BuildahAsync(["mount", container], cancellationToken)).Output.Trim();
        Directory.CreateDirectory(Path.Combine(root, "store"));
        // In a mount namespace of its own, which ends with it.
        const string Script = """
            set -e
            root=$1; store=$2; user=$3; shift 3
            mount --make-rprivate /
            mount --bind "$root" "$root"
            for part in proc sys dev; do mount --rbind "/$part" "$root/$part"; done
            mount -o remount,bind,ro "$root"
            for part in work tmp; do mount -t tmpfs -o mode=1777 tmpfs "$root/$part"; done
            mount --bind "$store" "$root/store"
            exec chroot --userspec="$user" "$root" "$@"
            """;
        return await Programs.RunAsync(
            "unshare",
            ["--mount", "sh", "-c", Script, "sh", root, folder, User, "env", "-i", "HOME=/work", .. Environment(variables), .. instead ?? [.. EntryPoint, .. arguments]],
            cancellationToken);
    }

    private IEnumerable<string> Environment(IReadOnlyDictionary<string, string> variables) => Variables.Concat(variables.Select(variable => $"{variable.Key}={variable.Value}"));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (container.Length > 0)
        {
            await BuildahAsync(["umount", container], CancellationToken.None);
            await BuildahAsync(["rm", container], CancellationToken.None);
        }

        storage.Dispose();
    }

    // What the stage of the Dockerfile does that cannot run here, since its image of the SDK cannot be had: its own command, on the files that it is given.
    private static async Task<string> PublishAsync(string dockerfile, string folder, CancellationToken cancellationToken)
    {
        var given = (await File.ReadAllLinesAsync(Path.Combine(ProjectFolders.Root, ".dockerignore"), cancellationToken)).Where(line => line.StartsWith('!')).Select(line => line[1..]);
        var copied = await Programs.RunAsync("cp", ["-a", .. given.Select(name => Path.Combine(ProjectFolders.Root, name)), folder], cancellationToken);
        Assert.True(copied.ExitCode == 0, $"{copied}");
        var command = PublishCommand().Match(await File.ReadAllTextAsync(dockerfile, cancellationToken)).Groups[1].Value.Split(' ');
        var output = Path.Combine(folder, ".artifacts", "app");
        await Programs.PublishAsync([Path.Combine(folder, command[0]), .. command[1..]], output, cancellationToken);
        return output;
    }

    // Everything below the machine's packages that the program needs and a runtime image of .NET has.
    private static async Task<string> BaseFilesAsync(CancellationToken cancellationToken)
    {
        using var one = await LockAsync(cancellationToken);
        if (Directory.Exists(Cache))
        {
            return Cache;
        }

        var making = Cache + ".making";
        if (Directory.Exists(making))
        {
            Directory.Delete(making, recursive: true);
        }

        var made = await Programs.RunAsync(
            "debootstrap", ["--variant=minbase", "--include=libstdc++6,libssl3,zlib1g,ca-certificates", "bookworm", making], cancellationToken);
        Assert.True(made.ExitCode == 0, made.ToString());
        foreach (var unneeded in new[] { "var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale" })
        {
            Directory.Delete(Path.Combine(making, unneeded), recursive: true);
        }

        var runtime = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        var target = Path.Combine(making, "usr", "share", "dotnet");
        foreach (var part in new[] { "host", Path.Combine("shared", "Microsoft.NETCore.App") })
        {
            Directory.CreateDirectory(Path.Combine(target, Path.GetDirectoryName(part)!));
            var copied = await Programs.RunAsync("cp", ["-a", Path.Combine(runtime, part), Path.Combine(target, part)], cancellationToken);
            Assert.True(copied.ExitCode == 0, copied.ToString());
        }

        Directory.Move(making, Cache);
        return Cache;
    }

    private static async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(Cache + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
            }
        }
    }

    private async Task CommitAsync(string name, IEnumerable<(string From, string To)> content, CancellationToken cancellationToken)
    {
        var working = (await BuildahAsync(["from", "scratch"], cancellationToken)).Output.Trim();
        foreach (var (from, to) in content)
        {
            await BuildahAsync(["copy", "--quiet", working, from, to], cancellationToken);
        }

        await BuildahAsync(["commit", "--quiet", "--rm", working, name], cancellationToken);
    }

    private async Task<ProgramResult> BuildahAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var result = await Programs.RunAsync("buildah", [.. Options(), .. arguments], cancellationToken);
        Assert.True(result.ExitCode == 0, $"buildah {string.Join(' ', arguments)}: {result}");
        return result;
    }

    // Images of its own, so that none of the machine's is touched or found.
    private string[] Options() => ["--storage-driver", "vfs", "--root", storage.Sub("images"), "--runroot", storage.Sub("run")];

    [GeneratedRegex(@"dotnet publish (.*) -o /app")]
    private static partial Regex PublishCommand();

    [GeneratedRegex(@"^FROM (\S+) AS base-cpu$", RegexOptions.Multiline)]
    private static partial Regex BaseName();
}
