using Spectre.Console;

namespace Pipeline.Functions.Local;

/// <summary>A progress bar where a person watches, silence where a program reads.</summary>
internal static class Progress
{
    /// <summary>Runs work that reports how many of its items are done.</summary>
    public static async Task<T> RunAsync<T>(string title, int total, Func<IProgress<int>, Task<T>> work)
    {
        if (Console.IsOutputRedirected || total == 0)
        {
            return await work(new Progress<int>());
        }

        return await AnsiConsole.Progress().AutoClear(true).StartAsync(context =>
        {
            var task = context.AddTask(title, maxValue: total);
            return work(new Progress<int>(done => task.Value = done));
        });
    }
}
