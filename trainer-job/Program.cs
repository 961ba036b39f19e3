using Pipeline.TrainerJob.Commands;

using var signals = new StopSignals();
return await JobProgram.RunAsync(args, new JobHost(
    Console.OpenStandardInput(),
    Console.Out,
    Console.Error,
    Interactive: !Console.IsErrorRedirected,
    Environment.GetEnvironmentVariable,
    TimeProvider.System,
    signals.Token));
