using System.CommandLine;
using Pipeline.Deployment;

namespace Pipeline.Functions.Local;

/// <summary><c>apply</c>: puts a deployment in force that a file describes.</summary>
internal static class ApplyCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var file = new Argument<FileInfo?>("file") { Description = "The deployment, YAML or JSON.", Arity = ArgumentArity.ZeroOrOne };
        var work = new Option<DirectoryInfo>("--work") { Description = "The work folder, as of 'once' and 'serve'.", DefaultValueFactory = _ => new(".pipeline") };
        var check = new Option<bool>("--check") { Description = "Check the file and do nothing." };
        var schema = new Option<bool>("--schema") { Description = "Print the JSON schema of such files, for editors." };
        var watch = new Option<bool>("--watch") { Description = "Run what the deployment asks for, and show each step until it serves." };
        var command = new Command("apply", """
            Checks a deployment, reads its posts and puts it in force: its settings win over the environment from the next start of 'serve' on, and
            its sensors are looked at whenever WatchDeployment runs. With --watch it trains and deploys here and now.

            Examples:
              apply deployment.yaml --check            what is wrong with it, with line and column
              apply deployment.yaml --watch            until a model serves
              serve                                    and from then on by itself

            Exit codes: 0 done, 1 failed, 2 bad settings or input, 3 interrupted and resumable.
            """)
        {
            file, work, check, schema, watch,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            if (arguments.GetValue(schema))
            {
                Console.WriteLine(ManifestFile.Schema);
                return CommandLine.Done;
            }

            if (arguments.GetValue(file) is not { } named)
            {
                throw new FormatException("Name the deployment's file, such as 'apply deployment.yaml'.");
            }

            var manifest = ManifestFile.Read(named.FullName);
            if (arguments.GetValue(check))
            {
                Console.WriteLine($"{named.Name} is a sound deployment.");
                return CommandLine.Done;
            }

            return await new Apply(manifest, named.DirectoryName!, new(arguments.GetRequiredValue(work).FullName), Console.Out).RunAsync(arguments.GetValue(watch), cancellationToken);
        });
        return command;
    }
}
