using System.CommandLine;
using System.Net;
using Pipeline.Functions.Deploying;
using Pipeline.Functions.Hosting;
using Pipeline.Posts;
using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary><c>serve</c>: keeps the functions running on this machine, with timers, triggers and HTTP routes.</summary>
internal static class ServeCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var work = new Option<DirectoryInfo>("--work") { Description = "The folder that 'once' made or will make.", DefaultValueFactory = _ => new(".pipeline") };
        var blog = new Option<DirectoryInfo?>("--blog") { Description = "A blog to take posts from at the start; else those of the work folder are used." };
        var port = new Option<int>("--port") { Description = "The port on 127.0.0.1.", DefaultValueFactory = _ => 7071 };
        var command = new Command("serve", """
            Runs the functions on 127.0.0.1: timers on their schedules, triggers on new blobs, HTTP routes under /api, and the page at /.

            Examples:
              serve                                            after 'once', on the same work folder
              curl http://127.0.0.1:7071/api/sample            a post that does not exist
              curl 'http://127.0.0.1:7071/api/sample?title=Soup&temperature=0.7&seed=5'
              curl -X POST http://127.0.0.1:7071/api/publish   the next post, now

            Settings come from the environment (POST_SCHEDULE, PIPELINE_PRESET, PIPELINE_FUNCTION_KEY, …; see the README). Ctrl-C stops.
            """)
        {
            work, blog, port,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var folders = new WorkFolders(arguments.GetRequiredValue(work).FullName);
            var settings = await DeploymentSettings.AddAsync(folders.Configure(PipelineSettings.FromEnvironment()), cancellationToken);
            if (arguments.GetValue(blog) is { } directory)
            {
                await ImportAsync(directory.FullName, folders, cancellationToken);
            }

            await using var host = await LocalHost.StartAsync(settings, folders.Host, settings.Log == "json" ? LogForm.Json : LogForm.Text, deadlines: null, cancellationToken);
            await using var server = PublicServer.Build(host, settings, IPAddress.Loopback, arguments.GetValue(port));
            await server.StartAsync(cancellationToken);
            Console.WriteLine($"Serving on http://127.0.0.1:{arguments.GetValue(port)}, work folder {folders.Root}. Ctrl-C stops.");
            try
            {
                await host.RunTriggersAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The way a server ends.
            }

            return CommandLine.Done;
        });
        return command;
    }

    private static async Task ImportAsync(string directory, WorkFolders folders, CancellationToken cancellationToken)
    {
        var blog = BlogFolder.Open(directory);
        await WorkingCopy.ImportAsync(directory, folders, cancellationToken);
        var result = await new BlogFolderImport(BlobStores.Open(folders.Store)).RunAsync(blog, drafts: false, cancellationToken);
        foreach (var problem in result.Problems)
        {
            Console.Error.WriteLine(problem);
        }
    }
}
