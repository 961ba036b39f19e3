using System.CommandLine;
using System.Globalization;
using System.Text;
using Pipeline.Tokenization;

namespace Pipeline.TrainerJob.Commands;

/// <summary><c>tokenize</c>: a file's token ids, for comparison with other tokenizers.</summary>
internal static class TokenizeCommand
{
    private const string Gpt2 = "gpt2";
    private const int IdsPerWrite = 4096;

    /// <summary>The command.</summary>
    public static Command Create(JobHost host)
    {
        var tokenizer = new Option<string>("--tokenizer")
        {
            Description = "gpt2, or a folder with tokenizer.json or with vocab.json and merges.txt.",
            DefaultValueFactory = _ => Gpt2,
        };
        var file = new Option<string>("--file") { Description = "The UTF-8 text file.", Required = true };
        var command = new JobCommand("tokenize", "Prints the token ids of a whole file as one JSON array. Text never becomes a special token.")
        {
            Examples =
            [
                "tokenize --tokenizer gpt2 --file post.txt",
                "tokenize --tokenizer .pipeline/models/VERSION --file post.txt",
            ],
        };
        command.Add(tokenizer);
        command.Add(file);
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(tokenizer), parsed.GetRequiredValue(file), host));
        return command;
    }

    private static async Task<int> RunAsync(string tokenizer, string file, JobHost host)
    {
        var text = await ReadAsync(file, host.Stop);
        var ids = (tokenizer == Gpt2 ? BpeTokenizer.Gpt2() : BpeTokenizer.Load(tokenizer)).Encode(text);
        var line = new StringBuilder("[");
        for (var i = 0; i < ids.Count; i++)
        {
            line.Append(i == 0 ? "" : ",").Append(ids[i].ToString(CultureInfo.InvariantCulture));
            if (i % IdsPerWrite == IdsPerWrite - 1)
            {
                await host.Output.WriteAsync(line, host.Stop);
                line.Clear();
            }
        }

        await host.Output.WriteLineAsync(line.Append(']'), host.Stop);
        return ExitCode.Done;
    }

    /// <summary>The whole file, a byte order mark included: it is a character like others.</summary>
    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return Encoding.UTF8.GetString(await File.ReadAllBytesAsync(file, cancellationToken));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file} cannot be read: {exception.Message}", exception);
        }
    }
}
