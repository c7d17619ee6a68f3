namespace LstmGpu.Samples;

/// <summary><c>train TEXT RUN</c>, <c>infer RUN</c> or <c>loop</c>: each program is one file beside this.</summary>
public static class Program
{
    public static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["train", var text, var run]:
                TrainModel.Run(text, run, steps: 1000, Console.Out);
                return 0;
            case ["infer", var run]:
                Inference.Run(run, Console.Out);
                return 0;
            case ["loop"]:
                OwnLoop.Run(steps: 300, Console.Out);
                return 0;
            default:
                Console.Error.WriteLine("usage: train TEXT RUN | infer RUN | loop");
                return 2;
        }
    }
}
