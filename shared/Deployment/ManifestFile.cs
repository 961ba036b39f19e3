using System.Text.Json;
using Pipeline.Posts;

namespace Pipeline.Deployment;

/// <summary>Reads a deployment's file, YAML or JSON, and checks it by the schema and by what no schema can say.</summary>
public static class ManifestFile
{
    private const int LargestFile = 1 << 20;
    private const string Resource = "Pipeline.Deployment.deployment.schema.json";

    /// <summary>The schema as JSON, for editors.</summary>
    public static string Schema
    {
        get
        {
            using var reader = new StreamReader(typeof(ManifestFile).Assembly.GetManifestResourceStream(Resource)!);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ManifestException">Something is wrong with it; every such thing is named with its line.</exception>
    public static DeploymentManifest Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > LargestFile)
        {
            throw new ManifestException([file.Exists ? $"{path}: has {file.Length} bytes, more than a deployment can; is it another file?" : $"{path}: there is no such file."]);
        }

        return Parse(PostEncoding.Decode(File.ReadAllBytes(path), []), path);
    }

    /// <summary>Reads a file's text.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="ManifestException">Something is wrong with it.</exception>
    public static DeploymentManifest Parse(string text, string name)
    {
        var problems = new List<PlacedProblem>();
        if (PlacedYaml.Read(text, problems) is { } root)
        {
            using var schema = JsonDocument.Parse(Schema);
            problems.AddRange(new SchemaCheck(schema.RootElement).Of(root));
            // Rules of sense are for what is well formed.
            problems.AddRange(problems.Count == 0 ? Sense(root) : []);
            if (problems.Count == 0)
            {
                using var stream = new MemoryStream();
                using (var writer = new Utf8JsonWriter(stream))
                {
                    root.WriteTo(writer);
                }

                return DeploymentManifest.FromJson(stream.ToArray());
            }
        }

        throw new ManifestException([.. problems.Select(problem => $"{name}:{problem.Line}:{problem.Column}: {problem.Message}")]);
    }

    private static IEnumerable<PlacedProblem> Sense(PlacedNode root)
    {
        var weights = root.Find("rollout")?.Find("weights");
        if (weights is not null && weights.Find("stable")!.Number + weights.Find("candidate")!.Number != 100)
        {
            yield return new(weights.Line, weights.Column, "rollout.weights must sum to 100.");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var sensor in root.Find("sensors")?.Items ?? [])
        {
            var name = sensor.Find("name")!;
            if (!names.Add(name.Text))
            {
                yield return new(name.Line, name.Column, $"there is another sensor '{name.Text}'; each needs a name of its own.");
            }

            if (sensor.Find("when") is { } when && ProblemOf(when.Text) is { } problem)
            {
                yield return new(when.Line, when.Column, problem);
            }
        }

        if (root.Find("schedules")?.Find("timeZone") is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone.Text, out _))
        {
            yield return new(zone.Line, zone.Column, $"schedules.timeZone is '{zone.Text}', which is no IANA zone such as Europe/Vienna.");
        }
    }

    private static string? ProblemOf(string expression)
    {
        try
        {
            MetricExpression.Parse(expression);
            return null;
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }
}
