using System.Globalization;
using Pipeline.Functions.Sample;
using Pipeline.Generation;

namespace Pipeline.Functions.Local.Interactive;

/// <summary>A person tries a model: prompts and commands in, texts out as they are made. Ctrl-C ends a text, not the session.</summary>
/// <param name="model">The model.</param>
/// <param name="start">The settings at the start.</param>
/// <param name="prompts">Where prompts and commands come from.</param>
/// <param name="history">What was written so far.</param>
/// <param name="interrupt">Ctrl-C.</param>
/// <param name="output">Where texts go.</param>
/// <param name="clock">Measures the speed.</param>
internal sealed class InteractiveSession(LanguageModel model, SampleRequest start, PromptLines prompts, LineHistory history, TextInterrupt interrupt, TextWriter output, TimeProvider clock)
{
    private static readonly string[] Help =
    [
        "Write a prompt and the model goes on from it. \\n in a line is a line feed; a line that ends in \\ goes on in the next;",
        "\"\"\" begins a prompt of several lines and \"\"\" ends it. Ctrl-C ends a text, or gives up a line. Arrows bring earlier lines back.",
        "  /set NAME VALUE   changes a setting, such as /set temperature 0.7; without a value the setting is emptied",
        "  /settings         shows all settings",
        "  /go               writes what the settings say: a post with title, tags, category and year, or any text",
        "  /again            goes on from the last prompt once more, with another seed",
        "  /history          shows what was written",
        "  /help             shows this",
        "  /quit             ends, as Ctrl-D does",
    ];

    private SampleRequest _settings = start;
    private string? _last;

    /// <summary>Runs until the person leaves.</summary>
    /// <param name="cancellationToken">Ends the session from outside.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await output.WriteLineAsync("Write a prompt, or /help. Ctrl-C ends a text, Ctrl-D the session.");
        while (!cancellationToken.IsCancellationRequested && prompts.Read() is { } line)
        {
            if (line.Trim() is "/quit" or "/exit")
            {
                return;
            }

            try
            {
                await ObeyAsync(line, cancellationToken);
            }
            catch (Exception exception) when (exception is FormatException or InvalidSamplingException)
            {
                await output.WriteLineAsync(exception.Message);
            }
        }
    }

    private async Task ObeyAsync(string line, CancellationToken cancellationToken)
    {
        if (!line.StartsWith('/'))
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                await GenerateAsync(_last = line, again: false, cancellationToken);
            }

            return;
        }

        var words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (words)
        {
            case ["/help"]:
                await WriteAsync(Help);
                break;
            case ["/settings"] or ["/set"]:
                await WriteAsync(SessionSettings.Show(_settings));
                break;
            case ["/set", var name, .. var value]:
                _settings = SessionSettings.Set(_settings, name, value is [var text] ? text : "", model.Tokenizer.VocabularySize);
                break;
            case ["/go"]:
                await GenerateAsync(_last = null, again: false, cancellationToken);
                break;
            case ["/again"]:
                await GenerateAsync(_last, again: true, cancellationToken);
                break;
            case ["/history"]:
                await WriteAsync(history.Lines.Select((earlier, number) => string.Create(CultureInfo.InvariantCulture, $"{number + 1,4}  {earlier}")));
                break;
            default:
                throw new FormatException($"There is no command {words[0]}; /help shows those there are. A prompt that begins with a slash goes between two lines of \"\"\".");
        }
    }

    private async Task GenerateAsync(string? prompt, bool again, CancellationToken cancellationToken)
    {
        // A prompt of one's own is no post with a title.
        var request = prompt is null ? _settings : _settings with { Prompt = prompt, Title = null, Tags = [], Category = null, Year = null };
        request = request with { Seed = again ? Seeds.Draw() : _settings.Seed ?? Seeds.Draw() };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (tokens, started, finish) = (0, clock.GetTimestamp(), "stopped");
        interrupt.Begin(stop);
        try
        {
            await foreach (var token in new TextGenerator(model).StreamAsync(request.ToGeneration(model.Tokenizer), stop.Token))
            {
                tokens++;
                finish = token.Finish?.ToString() ?? finish;
                await output.WriteAsync(request.Explain > 0 ? TokenExplanation.Line(model.Tokenizer, token) + "\n" : token.Text);
                await output.FlushAsync(stop.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The person has seen enough.
        }
        finally
        {
            interrupt.End();
        }

        var seconds = clock.GetElapsedTime(started).TotalSeconds;
        await output.WriteLineAsync();
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"[seed {request.Seed}, {tokens} tokens, {tokens / Math.Max(seconds, 1e-3):0} tokens/s, {finish}]"));
    }

    private async Task WriteAsync(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            await output.WriteLineAsync(line);
        }
    }
}
