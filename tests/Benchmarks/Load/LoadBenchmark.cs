using System.Globalization;
using Pipeline.Testing;

namespace Pipeline.Benchmarks.Load;

/// <summary>
/// <c>serve</c> on a model of the small preset under wrk (<c>sample</c>, <c>predict</c>), among callers who do everything wrong (<c>rude</c>),
/// and seen by a browser (<c>page</c>). <c>load sample 60</c> says for how many seconds a route is held under load. The model is trained once
/// and kept in <c>.artifacts/load</c>.
/// </summary>
internal static class LoadBenchmark
{
    private const int Seconds = 60;
    private static readonly string[] AllParts = ["sample", "predict", "rude", "page"];

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var seconds = arguments.Select(argument => int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 0).FirstOrDefault(given => given > 0, Seconds);
        var parts = arguments.Where(argument => !int.TryParse(argument, CultureInfo.InvariantCulture, out _)).ToList();
        if (parts.Except(AllParts).Any())
        {
            Console.Error.WriteLine($"Usage: load [{string.Join(" | ", AllParts)}...] [SECONDS]");
            return 2;
        }

        var work = Path.Combine(ProjectFolders.Root, ".artifacts", "load", "work");
        if (!File.Exists(Path.Combine(work, "store", "registry", "routing.json")))
        {
            Console.Error.WriteLine($"Training the small preset in {work}");
            var once = await Programs.RunAsync(Programs.Functions, ["once", "--work", work], cancellationToken);
            if (once.ExitCode != 0)
            {
                Console.Error.WriteLine(once);
                return 1;
            }
        }

        foreach (var part in parts.Count == 0 ? AllParts : [.. parts])
        {
            switch (part)
            {
                case "rude":
                    await RudeCallers.RunAsync(work, cancellationToken);
                    break;
                case "page":
                    await FirstView.RunAsync(work, cancellationToken);
                    break;
                default:
                    await RouteLoad.RunAsync(part, work, seconds, cancellationToken);
                    break;
            }
        }

        return 0;
    }

    /// <summary>Prints one figure.</summary>
    public static void Figure(string name, double value, string unit, string? goal = null) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"figure {name} {value:0.###} {unit}{(goal is null ? "" : " | goal " + goal)}"));
}
